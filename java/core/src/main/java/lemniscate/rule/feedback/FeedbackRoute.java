package lemniscate.rule.feedback;

/** What travels through the fixed feedback weights, and where to. */
public enum FeedbackRoute {
  /** The error of each layer, to the layer below. */
  LAYERWISE("fa"),
  /** The output error, to every hidden layer. */
  DIRECT("dfa"),
  /** The target, to every hidden layer. */
  DIRECT_TARGET("drtp");

  private final String ruleName;

  FeedbackRoute(String ruleName) {
    this.ruleName = ruleName;
  }

  /** {@return the name of its rule in configurations} */
  public String ruleName() {
    return ruleName;
  }

  /** {@return whether every map starts at the output} */
  boolean isDirect() {
    return this != LAYERWISE;
  }
}
