package lemniscate.network;

import java.util.Map;
import lemniscate.tensor.Tensor;

/**
 * How an error is carried down through a unit.
 *
 * @param at where derivatives are taken
 * @param scale factor of the result
 * @param feedback by parameter name, tensors of the shape of weights that take their place, their
 *     multipliers included; weights that are not named are their own
 */
public record Transport(Point at, double scale, Map<String, Tensor> feedback) {

  /** The adjoint at a point. */
  public static Transport at(Point point, double scale) {
    return new Transport(point, scale, Map.of());
  }

  /** The same with another factor. */
  public Transport scaled(double other) {
    return new Transport(at, other, feedback);
  }

  /** What stands for a weight. */
  public Tensor weight(Parameter weight) {
    return feedback.getOrDefault(weight.name(), weight.value());
  }

  /** The factor of its products. */
  public double factor(Parameter weight) {
    return feedback.containsKey(weight.name()) ? scale : scale * weight.scaling().multiplier();
  }

  /** Whether derivatives are taken at the shifted point. */
  public boolean shifted() {
    return at == Point.SHIFTED;
  }
}
