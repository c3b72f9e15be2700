package lemniscate.mup;

/** Place of a feedback weight: which of its two dimensions grow with the width. */
public enum FeedbackRole {
  /** From the outputs to the last hidden layer, (M, C): only its fan-out grows. */
  TOP("fb top"),
  /** From a hidden layer to the one below, (M, M). */
  HIDDEN("fb hid"),
  /** From the outputs, or a fixed number of functions of them, to any hidden layer. */
  DIRECT("fb direct"),
  /** Offset of a feedback map, as long as the layer that it reaches. */
  BIAS("fb bias");

  private final String label;

  FeedbackRole(String label) {
    this.label = label;
  }

  /** {@return a short name for tables} */
  public String label() {
    return label;
  }
}
