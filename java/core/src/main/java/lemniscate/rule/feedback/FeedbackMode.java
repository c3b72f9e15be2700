package lemniscate.rule.feedback;

/** Where the weights of the feedback come from. */
public enum FeedbackMode {
  /** Drawn at the start; they never move. */
  FIXED("fixed"),
  /**
   * They learn beside the weights: with the same steps and the same decay layer by layer (Kolen and
   * Pollack, 1994; Akrout et al., arXiv 1904.05391), from activities and output errors where they
   * are direct.
   */
  KOLEN_POLLACK("kolen-pollack"),
  /** sign(W) rms(W) (uniform sign-concordant feedback; Moskovitz et al., arXiv 1812.06488). */
  UNIFORM_SIGNS("usf"),
  /** sign(W) |M|, with magnitudes M drawn at the start. */
  FIXED_MAGNITUDES("frsf"),
  /** sign(W) |M|, with magnitudes drawn anew for every update. */
  DRAWN_MAGNITUDES("brsf");

  private final String configName;

  FeedbackMode(String configName) {
    this.configName = configName;
  }

  /** {@return the name in configurations} */
  public String configName() {
    return configName;
  }

  /** {@return whether it has the signs of the weights} */
  boolean copiesSigns() {
    return ordinal() >= UNIFORM_SIGNS.ordinal();
  }
}
