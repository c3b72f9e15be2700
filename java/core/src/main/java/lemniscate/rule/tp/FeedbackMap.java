package lemniscate.rule.tp;

import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.Parameter;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One map g(y) = ψ(Q y + d) and what it gives at the batch's activities y.
 *
 * @param target layer k that it gives a target
 * @param source layer that y belongs to: k + 1, or L for a direct map
 * @param activation ψ
 * @param weight Q of shape (n_k, length of y)
 * @param bias d of shape (1, n_k), or null
 * @param argument z = Q y + d of shape (B, n_k)
 * @param value g(y), same shape
 */
record FeedbackMap(
    int target,
    int source,
    Activation activation,
    Parameter weight,
    @Nullable Parameter bias,
    Tensor argument,
    Tensor value) {

  boolean isLinear() {
    return activation == Activation.LINEAR;
  }

  /** Enqueues z and g(y). */
  void apply(Operations ops, Tensor y) {
    ops.gemm(Gemm.forward(1, y, weight.value(), argument));
    ops.layer().activate(activation, argument, bias == null ? null : bias.value(), value);
  }

  /**
   * Enqueues g(y + δ) − g(y), after {@link #apply} unless the map is linear.
   *
   * @param shift scratch of shape (B, n_k)
   * @param derivative overwritten with ψ′ at y + δ, unless the map is linear
   */
  void difference(Operations ops, Tensor delta, Tensor shift, Tensor result, Tensor derivative) {
    if (isLinear()) {
      ops.gemm(Gemm.forward(1, delta, weight.value(), result));
    } else {
      ops.gemm(Gemm.forward(1, delta, weight.value(), shift));
      ops.activationDifference(activation, argument, value, shift, result, derivative);
    }
  }
}
