package lemniscate.mup;

/** How the steps of an optimiser follow gradients: all that the exponents need to know of it. */
public enum StepClass {
  /** Proportional to the gradient or to a running mean of gradients: SGD, momentum. */
  SGD_LIKE("sgd-like"),
  /** Of a size that does not depend on the gradient's: Adam, signs. */
  SIGN_LIKE("sign-like");

  private final String word;

  StepClass(String word) {
    this.word = word;
  }

  /** {@return what it is called in tables} */
  public String word() {
    return word;
  }
}
