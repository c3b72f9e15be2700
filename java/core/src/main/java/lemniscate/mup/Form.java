package lemniscate.mup;

/** Which width the width ratio m = M / M0 is taken against. */
public enum Form {
  /** M0 is the base width: at that width every scheme is the ordinary, unscaled network. */
  RELATIVE,
  /** M0 = 1, so powers are of the width itself, as limits are stated in the literature. */
  LITERAL;

  /**
   * Reads the word used in options and files.
   *
   * @param word a constant's name in any case
   * @return the constant
   * @throws lemniscate.config.BadInputException if no constant has that name
   */
  public static Form parse(String word) {
    return Keyword.parse(Form.class, "parameterisation form", word);
  }

  /** {@return the word used in options and files: the name in lower case} */
  public String word() {
    return Keyword.of(this);
  }
}
