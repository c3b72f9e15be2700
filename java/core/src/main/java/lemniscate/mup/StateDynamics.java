package lemniscate.mup;

/**
 * How a predictive-coding scheme treats its states; decides which precision exponents it admits.
 */
public enum StateDynamics {
  /** Predictions and states stay at the forward pass; only errors move. Any exponent is stable. */
  FIXED_PREDICTION,
  /** States move, then the weights once, from states that start anew with every batch. */
  RELAXED,
  /** States persist through several weight updates, as in incremental predictive coding. */
  INCREMENTAL
}
