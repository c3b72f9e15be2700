package lemniscate.rule;

/**
 * The inference of a rule in pieces, for those that look at gradients on the way: one small plan a
 * step, where a recording of thousands of steps would take longer to make than to run.
 */
public interface StepwiseInference extends AutoCloseable {

  /** Begins with the batch that the rule holds. */
  void start();

  /** One more step of the inference, or one more sweep. */
  void advance();

  /** Leaves in the network the gradients that the rule would have after the steps so far. */
  void computeGradients();

  /** Frees the recorded plans. */
  @Override
  void close();
}
