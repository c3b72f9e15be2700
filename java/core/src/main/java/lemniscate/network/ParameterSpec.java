package lemniscate.network;

import java.util.List;
import lemniscate.mup.ParameterRole;
import lemniscate.tensor.Shape;

/**
 * A parameter as its unit describes it before it exists: everything that depends on what a
 * parameter is (its width scaling, its initial values, its size, its name in files) follows from
 * this.
 *
 * @param name within the unit: {@code weight}, {@code bias}, {@code gain}
 * @param symbol letter in tables: {@code W}, {@code b}, {@code g}
 * @param kind weight, bias or gain
 * @param extents as files and tables have them: one for a vector; else outputs first, then what
 *     they sum over, as C_out, k, k, C_in of a convolution
 * @param outputsGrow whether the number of outputs grows with the width
 * @param inputsGrow whether the fan-in does; of no effect for a vector
 * @param branch whether it sits in a branch that is added to what goes around it
 */
public record ParameterSpec(
    String name,
    String symbol,
    ParameterKind kind,
    List<Integer> extents,
    boolean outputsGrow,
    boolean inputsGrow,
    boolean branch) {

  /**
   * Checks the number of extents.
   *
   * @throws IllegalArgumentException if a vector has not one, or a weight less than two
   */
  public ParameterSpec {
    extents = List.copyOf(extents);
    if (kind.isVector() ? extents.size() != 1 : extents.size() < 2) {
      throw new IllegalArgumentException(name + ": " + kind + " of extents " + extents);
    }
  }

  /**
   * A weight, outside of branches.
   *
   * @param extents outputs, then what they sum over
   */
  public static ParameterSpec weight(
      List<Integer> extents, boolean outputsGrow, boolean inputsGrow) {
    return new ParameterSpec(
        "weight", "W", ParameterKind.WEIGHT, extents, outputsGrow, inputsGrow, false);
  }

  /**
   * A weight and, where there is one, the bias of its outputs.
   *
   * @param extents outputs, then what they sum over
   */
  public static List<ParameterSpec> affine(
      List<Integer> extents, boolean outputsGrow, boolean inputsGrow, boolean biased) {
    ParameterSpec weight = weight(extents, outputsGrow, inputsGrow);
    return biased ? List.of(weight, bias(extents.getFirst(), outputsGrow)) : List.of(weight);
  }

  /** A bias, outside of branches. */
  public static ParameterSpec bias(int length, boolean grows) {
    return vector("bias", "b", ParameterKind.BIAS, length, grows);
  }

  /** A gain, outside of branches. */
  public static ParameterSpec gain(int length, boolean grows) {
    return vector("gain", "g", ParameterKind.GAIN, length, grows);
  }

  private static ParameterSpec vector(
      String name, String symbol, ParameterKind kind, int length, boolean grows) {
    return new ParameterSpec(name, symbol, kind, List.of(length), grows, grows, false);
  }

  /** The same under another name, where a unit has several of a kind. */
  public ParameterSpec named(String other, String otherSymbol) {
    return new ParameterSpec(other, otherSymbol, kind, extents, outputsGrow, inputsGrow, branch);
  }

  /** The same in a branch. */
  public ParameterSpec inBranch() {
    return new ParameterSpec(name, symbol, kind, extents, outputsGrow, inputsGrow, true);
  }

  /** Whether it is a bias. */
  public boolean isBias() {
    return kind == ParameterKind.BIAS;
  }

  /** Whether it is a bias or a gain. */
  public boolean isVector() {
    return kind.isVector();
  }

  /** The tensor: outputs are rows; a vector is a single row. */
  public Shape shape() {
    return isVector() ? new Shape(1, extents.getFirst()) : new Shape(extents.getFirst(), fanIn());
  }

  /** Number of inputs that each output sums over; 1 for a vector. */
  public int fanIn() {
    return extents.stream().skip(1).reduce(1, Math::multiplyExact);
  }

  /** Its role for people. */
  String label() {
    String label = kind == ParameterKind.GAIN ? "hid gain" : role().label();
    return branch ? label + " branch" : label;
  }

  /**
   * Its place in the table of width exponents; a gain scales as the bias of a hidden layer.
   *
   * @throws IllegalArgumentException if the table has none: nothing of a weight, or of a gain,
   *     grows
   */
  public ParameterRole role() {
    return switch (kind) {
      case WEIGHT -> ParameterRole.weight(outputsGrow, inputsGrow);
      case BIAS -> ParameterRole.bias(outputsGrow);
      case GAIN -> {
        if (!outputsGrow) {
          throw new IllegalArgumentException(
              name + ": a gain of fixed length has no place in the table of width exponents.");
        }
        yield ParameterRole.HIDDEN_BIAS;
      }
    };
  }
}
