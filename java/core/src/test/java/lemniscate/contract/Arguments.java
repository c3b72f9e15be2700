package lemniscate.contract;

import java.util.Arrays;
import lemniscate.backend.Activation;
import lemniscate.tensor.Shape;

/** Data for operands where the place on the curve matters. */
final class Arguments {

  // Zeros of both signs, both sides of the kink, and both saturations.
  private static final double[] SPECIAL = {0, -0.0, 1e-20, -1e-20, 20, -20, 1e-4, -1e-4};

  private Arguments() {}

  /** Pre-activations: normals, and a special value at every third place. */
  static double[] of(Twins twins, Shape shape) {
    double[] values = twins.normals((int) shape.elements());
    for (int i = 2; i < values.length; i += 3) {
      values[i] = SPECIAL[i / 3 % SPECIAL.length];
    }
    return values;
  }

  /** φ(u), which the caller of an operation has at hand. */
  static double[] activities(Activation activation, Operand u) {
    double[] values = new double[u.elements()];
    Arrays.setAll(values, i -> activation.value(u.before(i)));
    return values;
  }

  /** Shifts of sizes 1 to 1e-9: displacements shrink with width. */
  static double[] shifts(Twins twins, Shape shape) {
    double[] values = twins.normals((int) shape.elements());
    Arrays.setAll(values, i -> values[i] * Math.pow(10, -3 * (i % 4)));
    return values;
  }

  /**
   * As {@link #shifts}; in half of the contract's shapes none is above 0.25, where a block of tanh
   * has a shorter form.
   */
  static double[] smallAndLargeShifts(Twins twins, Shape shape) {
    double[] values = shifts(twins, shape);
    double largest = shape.rows() % 4 == 3 ? 0.03 : 1;
    Arrays.setAll(values, i -> largest * values[i]);
    return values;
  }

  /** Logits; every third row at a height where exp overflows in float32 and float64. */
  static double[] logits(Twins twins, Shape shape) {
    double[] values = twins.normals((int) shape.elements());
    int n = shape.columns();
    Arrays.setAll(values, i -> 3 * values[i] + (i / n % 3 == 0 ? 1000 : 0));
    return values;
  }

  /** Distributions: one-hot in even rows, soft in odd ones. */
  static double[] targets(Twins twins, Shape shape) {
    double[] values = twins.normals((int) shape.elements());
    int n = shape.columns();
    for (int b = 0; b < shape.rows(); b++) {
      double sum = 0;
      for (int j = b * n; j < (b + 1) * n; j++) {
        values[j] = b % 2 == 1 ? Math.exp(values[j]) : j % n == b / 2 % n ? 1 : 0;
        sum += values[j];
      }
      for (int j = b * n; j < (b + 1) * n; j++) {
        values[j] /= sum;
      }
    }
    return values;
  }

  /** Largest max − x in a row. */
  static double spread(Operand x, int row, int n) {
    double largest = Double.NEGATIVE_INFINITY;
    double smallest = Double.POSITIVE_INFINITY;
    for (int j = row * n; j < (row + 1) * n; j++) {
      largest = Math.max(largest, x.before(j));
      smallest = Math.min(smallest, x.before(j));
    }
    return largest - smallest;
  }
}
