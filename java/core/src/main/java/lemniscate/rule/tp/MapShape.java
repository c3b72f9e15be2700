package lemniscate.rule.tp;

import java.util.List;
import lemniscate.mup.FeedbackParameterization;
import lemniscate.mup.FeedbackRole;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.Size;
import lemniscate.network.NetworkSpec;
import lemniscate.network.ParameterKind;
import lemniscate.network.ParameterSpec;
import lemniscate.tensor.ExampleShape;
import lemniscate.tensor.Shape;

/**
 * The weight of a feedback map before it exists.
 *
 * @param extents as files and tables have them
 * @param matrix of the tensor
 * @param fanIn inputs that each of the map's outputs sums over
 * @param places of the unit's output, each of which adds to its gradient; 1 for a matrix
 * @param throughUnit whether it takes the place of a unit's own weight
 * @param hasBias whether the map has an offset
 */
record MapShape(
    List<Integer> extents,
    Shape matrix,
    int fanIn,
    int places,
    boolean throughUnit,
    boolean hasBias) {

  /** Of the map that gives layer k its target. */
  static MapShape of(boolean direct, Maps maps, NetworkSpec network, int k) {
    if (direct) {
      return dense(network, k, maps.hiddenUnits() > 0 ? maps.hiddenUnits() : network.outputs());
    }
    if (network.unit(k + 1).hasWeightMatrix()) {
      return dense(network, k, network.width(k + 1));
    }
    ParameterSpec weight = weight(network, k + 1);
    int fanIn = Math.toIntExact(weight.shape().elements() / weight.extents().getLast());
    ExampleShape output = network.features(k + 1).shape();
    int places = output.height() * output.width();
    return new MapShape(weight.extents(), weight.shape(), fanIn, places, true, false);
  }

  private static MapShape dense(NetworkSpec network, int k, int fanIn) {
    int units = network.width(k);
    return new MapShape(
        List.of(units, fanIn), new Shape(units, fanIn), fanIn, 1, false, network.bias());
  }

  /**
   * The numbers of the weight. Its gradient is a sum over places, whose curvature they multiply:
   * the rate of an optimiser that follows the size of gradients is over their number.
   */
  ParameterScaling scaling(
      FeedbackParameterization parameterization, FeedbackRole role, Size size, double scale) {
    ParameterScaling numbers = parameterization.scaling(role, size, fanIn, scale);
    if (!parameterization.optimizer().followsSize()) {
      return numbers;
    }
    return new ParameterScaling(
        numbers.multiplier(),
        numbers.initStd(),
        numbers.learningRateFactor() / places,
        numbers.epsilonFactor(),
        numbers.weightDecayFactor());
  }

  private static ParameterSpec weight(NetworkSpec network, int l) {
    return network.parameters(l).stream()
        .filter(parameter -> parameter.kind() == ParameterKind.WEIGHT)
        .findFirst()
        .orElseThrow();
  }

  /** Number of weights of a unit, from 1. */
  static long weights(NetworkSpec network, int l) {
    return network.parameters(l).stream()
        .filter(parameter -> parameter.kind() == ParameterKind.WEIGHT)
        .count();
  }
}
