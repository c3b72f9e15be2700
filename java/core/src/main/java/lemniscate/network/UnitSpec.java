package lemniscate.network;

import java.util.List;
import java.util.Map;
import lemniscate.backend.Activation;

/**
 * A unit of a network before it exists: one target, one term of an energy, one goodness; a place
 * where a rule puts a state. It is a map h = φ(u(x)) of a batch, with a pointwise φ at the end that
 * may be the identity. What u is made of, no rule knows.
 */
public interface UnitSpec {

  /** Name of the kind in files: {@code dense}, … */
  String kind();

  /**
   * What it gives.
   *
   * @throws lemniscate.config.BadInputException if it cannot take the input
   */
  Features output(Features input);

  /** Its parameters for an input, in the order of files; u's alone, as φ has none. */
  List<ParameterSpec> parameters(Features input);

  /** φ. */
  Activation activation();

  /** By what φ(u) is divided. */
  default ActivityNorm norm() {
    return ActivityNorm.NONE;
  }

  /** Distribution of initial weights. */
  InitialDistribution distribution();

  /** Whether u is the product with a single matrix, which some rules need to see. */
  default boolean hasWeightMatrix() {
    return false;
  }

  /** Whether it gives what it reads with something added, as the units of a residual stream do. */
  default boolean addsToInput() {
    return false;
  }

  /** Whether what it gives stays between −1 and 1, whatever its weights. */
  default boolean isBounded() {
    return activation().isBounded();
  }

  /** Whether it looks at several places of an image at once, so that it cannot do without them. */
  default boolean readsPlaces() {
    return false;
  }

  /** Whether a weight is the first that x meets, but for a change of shape. */
  default boolean startsWithWeight() {
    return hasWeightMatrix();
  }

  /** Pixels of its input between neighbours of its output: the product of strides inside. */
  default int stride() {
    return 1;
  }

  /** Number of residual additions that a signal goes through in it. */
  default int residualAdditions() {
    return 0;
  }

  /**
   * The same in a network whose width has become another: what grows with it keeps its proportion.
   *
   * @param base the width before
   */
  UnitSpec withWidth(int width, int base);

  /** What a file says of it beside its kind and parameters: names and numbers. */
  Map<String, Object> description();

  /**
   * The unit in memory.
   *
   * @param index l, from 1
   * @param input what it reads
   * @param parameters in the order of {@link #parameters(Features)}
   * @param scales what the parameterisation says beside that of its parameters
   */
  Unit bind(int index, Features input, List<Parameter> parameters, UnitScales scales);
}
