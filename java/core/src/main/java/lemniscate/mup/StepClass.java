package lemniscate.mup;

/** How the steps of an optimiser follow gradients: all that the exponents need to know of it. */
public enum StepClass {
  /** Proportional to the gradient or to a running mean of gradients: SGD, momentum. */
  SGD_LIKE("sgd-like"),
  /** Of a size that does not depend on the gradient's: Adam, signs. */
  SIGN_LIKE("sign-like"),
  /**
   * All singular values alike, with spectral norm √(fan-out/fan-in): Muon (Bernstein and Newhouse,
   * arXiv 2409.20325). Vectors, here as in the other two that follow, take sign-like steps.
   */
  SPECTRAL("spectral"),
  /** The same with spectral norm √max(1, fan-out/fan-in), as K. Jordan's Muon scales. */
  SPECTRAL_AT_LEAST_ONE("spectral, at least 1"),
  /** The same with spectral norm 0.2 √max(fan-out, fan-in): entries of Adam's size (2502.16982). */
  SPECTRAL_BY_ENTRY("spectral, by entry"),
  /**
   * {@link #SPECTRAL} or {@link #SPECTRAL_AT_LEAST_ONE} for hidden weights, which are square as
   * they grow; sign-like steps of input and output weights, too.
   */
  SPECTRAL_HIDDEN("spectral, hidden weights alone");

  private final String word;

  StepClass(String word) {
    this.word = word;
  }

  /** {@return what it is called in tables} */
  public String word() {
    return word;
  }

  /** {@return whether a larger gradient makes a larger step} */
  public boolean followsSize() {
    return this == SGD_LIKE;
  }

  /**
   * By which power of the width a step of rate 1 moves what an array contributes to, where steps
   * and activities are aligned.
   *
   * @param role place of the array
   * @throws IllegalStateException if steps follow the size of gradients, which this does not know
   */
  public double growth(ParameterRole role) {
    if (role.isBias()) {
      return 0;
    }
    boolean fanInGrows = role != ParameterRole.INPUT_WEIGHT;
    return switch (this) {
      case SGD_LIKE -> throw new IllegalStateException("the steps of " + word + " have no size");
      // The sum of M terms of one size.
      case SIGN_LIKE -> fanInGrows ? 1 : 0;
      // Root mean squares move by the spectral norm times √(fan-in/fan-out).
      case SPECTRAL -> 0;
      case SPECTRAL_AT_LEAST_ONE -> role == ParameterRole.OUTPUT_WEIGHT ? 0.5 : 0;
      case SPECTRAL_BY_ENTRY -> role == ParameterRole.OUTPUT_WEIGHT ? 1 : fanInGrows ? 0.5 : 0;
      case SPECTRAL_HIDDEN -> role == ParameterRole.OUTPUT_WEIGHT ? 1 : 0;
    };
  }
}
