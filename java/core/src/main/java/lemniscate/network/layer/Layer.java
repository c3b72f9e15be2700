package lemniscate.network.layer;

import java.util.List;
import java.util.Map;
import lemniscate.network.Features;
import lemniscate.network.ParameterSpec;

/**
 * A map of a batch inside a unit, as it is described: a convolution, an activation, a pool. Where a
 * rule puts no state, there is no need for a unit.
 */
public interface Layer {

  /** Name of the kind in configurations and files: {@code conv}, {@code pool}, … */
  String kind();

  /**
   * What it gives.
   *
   * @throws lemniscate.config.BadInputException if it cannot take the input, with both shapes
   */
  Features output(Features input);

  /** Its parameters for an input, in the order of files; none without more. */
  default List<ParameterSpec> parameters(Features input) {
    return List.of();
  }

  /** The same in a network whose width has become another; without more itself. */
  default Layer withWidth(int width, int base) {
    return this;
  }

  /** Whether it gives what it reads with something added. */
  default boolean addsToInput() {
    return false;
  }

  /**
   * Whether what it gives stays between −1 and 1, whatever its weights.
   *
   * @param input whether what it reads does
   */
  default boolean isBounded(boolean input) {
    return false;
  }

  /** Whether it looks at several places of an image at once. */
  default boolean readsPlaces() {
    return false;
  }

  /** Whether a weight is the first that the input meets. */
  default boolean startsWithWeight() {
    return false;
  }

  /** Pixels of its input between neighbours of its output. */
  default int stride() {
    return 1;
  }

  /** Number of residual additions inside. */
  default int residualAdditions() {
    return 0;
  }

  /** Whether its output is its input, read in another shape. */
  default boolean isView() {
    return false;
  }

  /** What a file says of it beside its kind: names and numbers. */
  Map<String, Object> description();

  /** Binds it to memory. */
  LayerPass pass(Site site);

  /** The same map in plain double precision. */
  LayerOracle oracle(Features input, OracleScales scales);
}
