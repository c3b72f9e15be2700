package lemniscate.mup;

/** What the learning-rate exponents need to know of the optimiser. */
public enum OptimizerKind {
  /** Step proportional to the gradient. */
  SGD,
  /** Step proportional to a running mean of gradients; scales as {@link #SGD}. */
  MOMENTUM,
  /** Step independent of the gradient's size (any sign-like or root-mean-square normalised one). */
  ADAM;

  /**
   * Reads the word used in options and files.
   *
   * @param word a constant's name in any case
   * @return the constant
   * @throws lemniscate.config.BadInputException if no constant has that name
   */
  public static OptimizerKind parse(String word) {
    return Keyword.parse(OptimizerKind.class, "optimizer", word);
  }

  /** {@return the word used in options and files: the name in lower case} */
  public String word() {
    return Keyword.of(this);
  }
}
