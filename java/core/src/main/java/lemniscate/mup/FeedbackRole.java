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
  BIAS("fb bias"),
  /** From the outputs to the inputs: nothing grows. */
  PROJECTION("fb input");

  private final String label;

  FeedbackRole(String label) {
    this.label = label;
  }

  /** {@return the role of a forward weight that grows as one of this role, which is no bias} */
  public ParameterRole forward() {
    return this == HIDDEN ? ParameterRole.HIDDEN_WEIGHT : ParameterRole.INPUT_WEIGHT;
  }

  /** {@return a short name for tables} */
  public String label() {
    return label;
  }
}
