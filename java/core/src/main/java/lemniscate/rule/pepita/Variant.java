package lemniscate.rule.pepita;

/** Which products of the two passes' activities make an update. */
public enum Variant {
  /** Difference of the passes times the presynaptic activity of the second; as published. */
  MODULATED("modulated"),
  /** The same with the presynaptic activity of the first pass. */
  FORWARD("forward"),
  /** Hebbian in the first pass, anti-Hebbian in the second. */
  HEBBIAN("hebbian"),
  /** The same, with each half applied right after its pass, so that nothing is kept. */
  TIME_LOCAL("tl"),
  /** Adaptive feedback alignment: first order in the perturbation, which needs one pass. */
  FIRST_ORDER("afa");

  private final String configName;

  Variant(String configName) {
    this.configName = configName;
  }

  /**
   * The usual {@link Projection#scale}: 0.05 as published; 1 for the time-local form, in which what
   * F does must stand out from what the first half moved.
   */
  public double usualProjection() {
    return this == TIME_LOCAL ? 1 : 0.05;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }
}
