package lemniscate.rule.tp;

import java.util.List;
import java.util.Objects;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operations;
import lemniscate.network.Parameter;
import lemniscate.network.ParameterKind;
import lemniscate.network.Products;
import lemniscate.network.UnitPass;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One map g(y) = ψ(Q y + d) and what it gives at the batch's activities y; or, through a unit
 * without a weight matrix, g(y) = (∂u/∂x)ᵀ y with Q in the place of the unit's weight: a transposed
 * convolution, with the pools and activations inside as the forward pass has left them, and with
 * what goes around a branch.
 *
 * @param target layer k that it gives a target
 * @param source layer that y belongs to: k + 1, or L for a direct map
 * @param activation ψ
 * @param weight Q of shape (n_k, length of y); through a unit, of the shape of its weight
 * @param bias d of shape (1, n_k), or null
 * @param argument z = Q y + d of shape (B, n_k)
 * @param value g(y), same shape
 * @param through the unit that a linear map goes through, or null
 */
record FeedbackMap(
    int target,
    int source,
    Activation activation,
    Parameter weight,
    @Nullable Parameter bias,
    Tensor argument,
    Tensor value,
    @Nullable UnitPass through) {

  /** Whether it goes through a unit with something around a branch. */
  boolean isAroundBranch() {
    return through != null && through.unit().spec().residualAdditions() > 0;
  }

  /** The weight of the unit that it goes through, which it stands for. */
  Parameter replaced() {
    return Objects.requireNonNull(through, "a map that goes through no unit")
        .unit()
        .parameters()
        .stream()
        .filter(parameter -> parameter.kind() == ParameterKind.WEIGHT)
        .findFirst()
        .orElseThrow();
  }

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
    if (through != null) {
      Products.record(
          ops, p -> through.pullbackThrough(p, List.of(weight.value()), delta, result));
    } else if (isLinear()) {
      ops.gemm(Gemm.forward(1, delta, weight.value(), result));
    } else {
      ops.gemm(Gemm.forward(1, delta, weight.value(), shift));
      ops.activationDifference(activation, argument, value, shift, result, derivative);
    }
  }
}
