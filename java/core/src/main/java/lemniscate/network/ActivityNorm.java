package lemniscate.network;

/**
 * Whether hidden activities are divided by their norm, which makes their size independent of the
 * weights'. An activity that is 0 throughout stays 0.
 */
public enum ActivityNorm {
  /** They are what the activation gives. */
  NONE("none"),
  /**
   * By the Frobenius norm of the whole batch, so that an example's output depends on its batch, at
   * evaluation too.
   */
  BATCH("batch"),
  /** By the norm of each example's own activity. */
  EXAMPLE("example");

  private final String configName;

  ActivityNorm(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }

  /** {@return whether each example has its own norm} */
  public boolean isPerExample() {
    return this == EXAMPLE;
  }
}
