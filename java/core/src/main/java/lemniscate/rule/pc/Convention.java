package lemniscate.rule.pc;

/** Where states live and what a layer predicts. The two coincide on linear networks. */
public enum Convention {
  /**
   * States are pre-activations and the prediction is μ_l = W_l φ(v_{l−1}) + b_l (Whittington and
   * Bogacz 2017).
   */
  A,
  /** States are activities and the prediction is μ_l = φ(W_l v_{l−1} + b_l). The default. */
  B
}
