package lemniscate.rule.tp;

import java.util.List;
import lemniscate.network.NetworkSpec;
import lemniscate.network.ParameterKind;
import lemniscate.network.ParameterSpec;
import lemniscate.tensor.Shape;

/**
 * The weight of a feedback map before it exists.
 *
 * @param extents as files and tables have them
 * @param matrix of the tensor
 * @param fanIn inputs that each of the map's outputs sums over
 * @param throughUnit whether it takes the place of a unit's own weight
 * @param hasBias whether the map has an offset
 */
record MapShape(
    List<Integer> extents, Shape matrix, int fanIn, boolean throughUnit, boolean hasBias) {

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
    return new MapShape(weight.extents(), weight.shape(), fanIn, true, false);
  }

  private static MapShape dense(NetworkSpec network, int k, int fanIn) {
    int units = network.width(k);
    return new MapShape(
        List.of(units, fanIn), new Shape(units, fanIn), fanIn, false, network.bias());
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
