package lemniscate.mup;

/** Which table of width exponents is used. */
public enum Scheme {
  /** Standard practice: variance 1/fan-in, one learning rate for everything, nothing scaled. */
  SP,
  /** Neural-tangent parameterisation: multipliers 1/sqrt(width); the lazy regime of gradients. */
  NTK,
  /** Maximal-update parameterisation: every layer learns features at every width. */
  MUP;

  /**
   * Reads the word used in options and files.
   *
   * @param word a constant's name in any case
   * @return the constant
   * @throws lemniscate.config.BadInputException if no constant has that name
   */
  public static Scheme parse(String word) {
    return Keyword.parse(Scheme.class, "parameterisation scheme", word);
  }

  /** {@return the word used in options and files: the name in lower case} */
  public String word() {
    return Keyword.of(this);
  }
}
