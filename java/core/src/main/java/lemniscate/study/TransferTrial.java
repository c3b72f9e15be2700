package lemniscate.study;

/**
 * One training of a transfer study.
 *
 * @param rule learning rule
 * @param scheme parameterisation
 * @param size M, or the depth where depths are compared
 * @param value of the hyper-parameter, stated at the base width; positive
 * @param seed of the training
 * @param loss that it ended with; NaN or infinite if it diverged
 */
public record TransferTrial(
    String rule, String scheme, int size, double value, long seed, double loss) {

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException unless it is positive and finite
   */
  public TransferTrial {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException("value " + value + ", expected a positive number");
    }
  }
}
