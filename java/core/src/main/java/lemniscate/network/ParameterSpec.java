package lemniscate.network;

import java.util.List;
import lemniscate.mup.ParameterRole;
import lemniscate.tensor.Shape;

/**
 * A parameter as its unit describes it before it exists: everything that depends on what a
 * parameter is (its width scaling, its initial values, its size, its name in files) follows from
 * this.
 *
 * @param name within the unit: {@code weight}, {@code bias}
 * @param symbol letter in tables: {@code W}, {@code b}
 * @param shape of the tensor; outputs are rows; a vector is a single row
 * @param fanIn number of inputs that each output sums over, at least 1
 * @param outputsGrow whether the number of outputs grows with the width
 * @param inputsGrow whether the fan-in does; of no effect for a bias
 * @param bias whether it is added, so that it is a vector, starts at 0 and does not decay
 * @param branch whether it sits in a branch that is added to what goes around it
 */
public record ParameterSpec(
    String name,
    String symbol,
    Shape shape,
    int fanIn,
    boolean outputsGrow,
    boolean inputsGrow,
    boolean bias,
    boolean branch) {

  /** Its place in the table of width exponents. */
  public ParameterRole role() {
    return bias ? ParameterRole.bias(outputsGrow) : ParameterRole.weight(outputsGrow, inputsGrow);
  }

  /** Extents as files and tables have them: one for a vector, else outputs and inputs. */
  public List<Integer> extents() {
    return bias ? List.of(shape.columns()) : List.of(shape.rows(), shape.columns());
  }
}
