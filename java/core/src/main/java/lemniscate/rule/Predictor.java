package lemniscate.rule;

import lemniscate.backend.Operations;
import lemniscate.network.ForwardPass;
import lemniscate.tensor.Tensor;

/**
 * How a network answers: the output that the loss is taken of, and the scores of which the largest
 * is the class. For most rules both are f.
 */
public interface Predictor {

  /** Enqueues everything, for the batch in {@link ForwardPass#input}. */
  void record(Operations ops);

  /** The pass that gives the output. */
  ForwardPass forward();

  /** One score for each class, of shape (B, n_L). */
  Tensor scores();

  /** The answer of a feed-forward pass: its largest output. */
  static Predictor of(ForwardPass pass) {
    return new Predictor() {
      @Override
      public void record(Operations ops) {
        pass.record(ops);
      }

      @Override
      public ForwardPass forward() {
        return pass;
      }

      @Override
      public Tensor scores() {
        return pass.output();
      }
    };
  }
}
