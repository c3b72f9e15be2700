package lemniscate.network;

import java.util.List;
import lemniscate.mup.ParameterRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.tensor.Tensor;

/**
 * A trainable tensor with its gradient and what the parameterisation says of it.
 *
 * @param name as in checkpoints: {@code layer1.weight}, {@code layer1.bias}, …
 * @param value the parameter w, before its forward multiplier
 * @param gradient the rule's gradient with respect to w, mean over the batch; same shape
 * @param scaling multiplier, initial standard deviation and learning-rate factors
 * @param kind weight, bias or gain
 * @param role which of its extents grow with the width; of a weight that is no part of the forward
 *     pass, too
 * @param extents as in checkpoints
 */
public record Parameter(
    String name,
    Tensor value,
    Tensor gradient,
    ParameterScaling scaling,
    ParameterKind kind,
    ParameterRole role,
    List<Integer> extents) {

  /** Copies the extents. */
  public Parameter {
    extents = List.copyOf(extents);
  }

  /** A matrix or vector of a hidden layer, with the extents of its tensor. */
  public Parameter(
      String name, Tensor value, Tensor gradient, ParameterScaling scaling, ParameterKind kind) {
    this(
        name,
        value,
        gradient,
        scaling,
        kind,
        kind.isVector() ? ParameterRole.HIDDEN_BIAS : ParameterRole.HIDDEN_WEIGHT,
        kind.isVector() ? List.of(value.columns()) : List.of(value.rows(), value.columns()));
  }

  /** Whether weight decay applies. */
  public boolean decays() {
    return kind.decays();
  }
}
