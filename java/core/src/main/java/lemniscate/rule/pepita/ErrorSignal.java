package lemniscate.rule.pepita;

/** What of the output error enters the input. */
public enum ErrorSignal {
  /** The error e. */
  ERROR("error", 1),
  /** Its sign, through a tenth of F (Sign-PEPITA); the output layer still learns from e. */
  SIGN("sign", 0.1);

  private final String configName;
  private final double factor;

  ErrorSignal(String configName, double factor) {
    this.configName = configName;
    this.factor = factor;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }

  /** {@return the factor on the entries of F} */
  double factor() {
    return factor;
  }
}
