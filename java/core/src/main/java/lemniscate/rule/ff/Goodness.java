package lemniscate.rule.ff;

/** What the logit of a layer is made of. */
public enum Goodness {
  /** Σ_j h_j² − n θ: steeper the wider the layer. */
  SUM("sum"),
  /** The mean of h_j², less θ: the same at every width. */
  MEAN("mean");

  private final String configName;

  Goodness(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }

  /**
   * The temperature T by which n (mean h² − θ) is divided.
   *
   * @param units n
   */
  double temperature(int units) {
    return this == SUM ? 1 : units;
  }
}
