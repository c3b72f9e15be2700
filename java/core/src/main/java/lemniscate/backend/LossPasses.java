package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

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
   * @param total scalar, overwritten with the sum over the batch; null where nobody asks for it,
   *     which leaves the rows of the batch independent of each other
   */
  void outputError(
      Loss loss, Tensor output, Tensor shift, Tensor target, Tensor error, @Nullable Tensor total);

  /** {@link #outputError(Loss, Tensor, Tensor, Tensor, Tensor, Tensor)} without a shift. */
  void outputError(Loss loss, Tensor output, Tensor target, Tensor error, @Nullable Tensor total);
}
