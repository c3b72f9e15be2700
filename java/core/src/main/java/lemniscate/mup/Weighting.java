package lemniscate.mup;

/** Whether weight gradients of predictive coding carry the precisions. */
public enum Weighting {
  /** Gradients of the local losses without precisions: precisions only drive the inference. */
  UNWEIGHTED,
  /** Gradients of the free energy itself: each carries its layer's precision. */
  ENERGY;

  /**
   * Reads the word used in options and files.
   *
   * @param word a constant's name in any case
   * @return the constant
   * @throws lemniscate.config.BadInputException if no constant has that name
   */
  public static Weighting parse(String word) {
    return Keyword.parse(Weighting.class, "weighting of local losses", word);
  }

  /** {@return the word used in options and files: the name in lower case} */
  public String word() {
    return Keyword.of(this);
  }
}
