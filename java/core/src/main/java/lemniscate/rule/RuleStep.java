package lemniscate.rule;

import lemniscate.tensor.Tensor;

/**
 * A rule bound to a network and a batch size. Write a batch to {@link #input} and {@link #target},
 * then {@link #run}.
 */
public interface RuleStep extends AutoCloseable {

  /** x of shape (B, n_0). */
  Tensor input();

  /** y of shape (B, n_L). */
  Tensor target();

  /** One training step: gradients, then the update of the parameters. */
  void run();

  /** The gradients of {@link #run}, left in the network, without moving the parameters. */
  void computeGradients();

  /** Loss of the last batch at its feed-forward pass, mean over the examples. */
  double loss();

  /**
   * The function of the parameters whose gradient the rule computed for the last batch, with
   * everything that the rule holds fixed (states, targets) frozen. Independent plain
   * double-precision code: the oracle of gradient checks.
   */
  Objective objective();

  /** Frees the recorded plans; the buffers belong to the arena. */
  @Override
  void close();
}
