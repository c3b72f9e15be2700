package lemniscate.network;

/** What a parameter does in its unit; decides how it starts and whether it decays. */
public enum ParameterKind {
  /** Multiplies and sums inputs: drawn at random, decays. */
  WEIGHT(0),
  /** Added to every output, a vector: starts at 0, does not decay. */
  BIAS(0),
  /** Multiplies every output of a norm, a vector: starts at 1, does not decay. */
  GAIN(1);

  private final double initialValue;

  ParameterKind(double initialValue) {
    this.initialValue = initialValue;
  }

  /** Value of every entry at the start; for a weight, their mean. */
  public double initialValue() {
    return initialValue;
  }

  /** Whether there is one number for each output. */
  public boolean isVector() {
    return this != WEIGHT;
  }

  /** Whether weight decay applies. */
  public boolean decays() {
    return this == WEIGHT;
  }
}
