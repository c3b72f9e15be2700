package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** Passes at the output of a network. */
public interface LossPasses {

  /**
   * error = −∂loss/∂f and total = Σ_b loss, for f = output + shift.
   *
   * @param output f at the feed-forward pass, shape (batch, outputs)
   * @param shift what has been added to it since (zeros at the feed-forward pass); the error of the
   *     MSE is formed as (target − output) − shift, which does not cancel
   * @param target y, same shape; for cross-entropy each row is a distribution
   * @param error overwritten
   * @param total scalar, overwritten with the sum over the batch
   */
  void outputError(
      Loss loss, Tensor output, Tensor shift, Tensor target, Tensor error, Tensor total);

  /** {@link #outputError(Loss, Tensor, Tensor, Tensor, Tensor, Tensor)} without a shift. */
  void outputError(Loss loss, Tensor output, Tensor target, Tensor error, Tensor total);
}
