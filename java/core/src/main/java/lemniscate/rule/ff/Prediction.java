package lemniscate.rule.ff;

/** How a class is chosen. */
public enum Prediction {
  /** The label under which the network's goodness is largest. */
  GOODNESS("goodness"),
  /** The largest output of the readout under the neutral label. */
  PROBE("probe");

  private final String configName;

  Prediction(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }
}
