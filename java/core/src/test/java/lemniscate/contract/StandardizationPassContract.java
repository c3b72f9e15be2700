package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows brought to mean square 1 against the oracle, and by hand where nothing is left. */
public interface StandardizationPassContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void standardize(DType dtype) {
    for (boolean centred : new boolean[] {false, true}) {
      for (double epsilon : new double[] {0, 1e-5}) {
        Case.each(
            this,
            dtype,
            (twins, shape, tolerance) -> {
              int n = shape.columns();
              Operand x = twins.input("x", shape, rows(twins, shape));
              Operand normal = twins.overwritten("normal", shape);
              Operand deviation = twins.overwritten("deviation", new Shape(shape.rows(), 1));
              twins.run(
                  (ops, side) ->
                      ops.standardization()
                          .standardize(
                              centred, epsilon, x.on(side), normal.on(side), deviation.on(side)));
              double[] sd = twins.expected(deviation);
              // Taking the mean away rounds at the height of the row, as the root of a sum does.
              Twins.Bound spread =
                  (row, expected) ->
                      tolerance.sum(n, largest(x, row, n)) + tolerance.terms(expected);
              String detail = centred + " " + epsilon;
              twins.check(deviation, detail, spread);
              twins.check(
                  normal,
                  detail,
                  (i, expected) -> {
                    double off = spread.at(i / n, sd[i / n]);
                    return off == 0 ? 0 : off * (1 + Math.abs(expected)) / sd[i / n];
                  });
            });
      }
    }
  }

  // Every third row is of zeros, every fourth far from 0.
  private static double[] rows(Twins twins, Shape shape) {
    double[] values = twins.normals((int) shape.elements());
    int n = shape.columns();
    Arrays.setAll(values, i -> i / n % 3 == 2 ? 0 : i / n % 4 == 3 ? values[i] + 100 : values[i]);
    return values;
  }

  private static double largest(Operand x, int row, int n) {
    double largest = 0;
    for (int j = row * n; j < (row + 1) * n; j++) {
      largest = Math.max(largest, x.size(j));
    }
    return largest;
  }

  /** A point where something has been standardised. */
  record Point(Operand normal, Operand deviation) {

    static Point of(boolean centred, Twins twins, Shape shape) {
      int n = shape.columns();
      double[] normal = twins.normals((int) shape.elements());
      double[] deviation = new double[shape.rows()];
      for (int row = 0; row < shape.rows(); row++) {
        double[] x = Arrays.copyOfRange(normal, row * n, (row + 1) * n);
        double mean = centred ? Arrays.stream(x).average().orElseThrow() : 0;
        double squares = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum();
        double sd = Math.sqrt(squares / n + 1e-5);
        deviation[row] = sd;
        for (int j = 0; j < n; j++) {
          normal[row * n + j] = (x[j] - mean) / sd;
        }
      }
      return new Point(
          twins.input("normal", shape, normal),
          twins.input("deviation", new Shape(shape.rows(), 1), deviation));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void standardizedDifference(DType dtype) {
    for (boolean centred : new boolean[] {false, true}) {
      // The second is what a difference of standardised numbers would lose altogether in float32.
      for (double size : new double[] {0.5, 1e-9}) {
        Case.each(
            this,
            dtype,
            (twins, shape, tolerance) -> {
              int n = shape.columns();
              Point at = Point.of(centred, twins, shape);
              double[] shifts = twins.normals((int) shape.elements());
              Arrays.setAll(shifts, i -> size * shifts[i]);
              Operand z = twins.input("z", shape, shifts);
              Operand difference = twins.overwritten("difference", shape);
              Operand moved = twins.overwritten("movedDeviation", new Shape(shape.rows(), 1));
              twins.run(
                  (ops, side) ->
                      ops.standardization()
                          .difference(
                              centred,
                              at.normal.on(side),
                              at.deviation.on(side),
                              z.on(side),
                              difference.on(side),
                              moved.on(side)));
              double[] after = twins.expected(moved);
              // Of δ = mean ζ (2 c(x) + ζ), with |ζ| at most twice the largest shift; relative to
              // the variance when what is left is small.
              Twins.Bound change =
                  (row, unused) -> {
                    double most = 2 * largest(z, row, n);
                    double sd = at.deviation.before(row);
                    return tolerance.sum(n, most * (2 * sd * largest(at.normal, row, n) + most));
                  };
              Twins.Bound spread =
                  (row, unused) ->
                      (change.at(row, 0) + tolerance.terms(Math.pow(at.deviation.before(row), 2)))
                          / after[row];
              String detail = centred + " " + size;
              twins.check(
                  moved, detail, (row, expected) -> spread.at(row, 0) + tolerance.terms(expected));
              twins.check(
                  difference,
                  detail,
                  (i, expected) -> {
                    int row = i / n;
                    double most = 2 * largest(z, row, n);
                    double sum = at.deviation.before(row) + after[row];
                    // |δ| is at most |ζ| times the sum of the deviations.
                    double along =
                        at.normal.size(i)
                            * (change.at(row, 0) / sum
                                + most * spread.at(row, 0) / sum
                                + tolerance.terms(most));
                    return (tolerance.terms(most) + along) / after[row]
                        + Math.abs(expected)
                            * (spread.at(row, 0) / after[row] + tolerance.terms(1));
                  });
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void standardizeBack(DType dtype) {
    for (boolean centred : new boolean[] {false, true}) {
      Case.each(
          this,
          dtype,
          (twins, shape, tolerance) -> {
            int n = shape.columns();
            Point at = Point.of(centred, twins, shape);
            Operand d = twins.input("d", shape);
            Operand back = twins.overwritten("back", shape);
            twins.run(
                (ops, side) ->
                    ops.standardization()
                        .back(
                            centred,
                            at.normal.on(side),
                            at.deviation.on(side),
                            d.on(side),
                            back.on(side)));
            twins.check(
                back,
                String.valueOf(centred),
                (i, expected) -> {
                  double most = largest(d, i / n, n);
                  double along = most * largest(at.normal, i / n, n);
                  return tolerance.sum(n, most + at.normal.size(i) * along)
                      / at.deviation.before(i / n);
                });
          });
    }
  }

  /**
   * A row without deviation stays 0 and passes nothing back; one may come from there or go there.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void rowsWithoutDeviation(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(4, 2));
      Tensor z = arena.allocate(new Shape(4, 2));
      Tensor normal = arena.allocate(new Shape(4, 2));
      Tensor deviation = arena.allocate(new Shape(4, 1));
      Tensor difference = arena.allocate(new Shape(4, 2));
      Tensor moved = arena.allocate(new Shape(4, 1));
      Tensor back = arena.allocate(new Shape(4, 2));
      backend.upload(new double[] {7, 7, 7, 7, 6, 4, 2, -2}, x);
      backend.upload(new double[] {3, 3, 4, -4, -1, 1, 5, 5}, z);
      backend.run(
          ops -> {
            ops.standardization().standardize(true, 0, x, normal, deviation);
            ops.standardization().difference(true, normal, deviation, z, difference, moved);
            ops.standardization().back(true, normal, deviation, z, back);
          });
      assertThat(values(backend, normal)).containsExactly(0, 0, 0, 0, 1, -1, 1, -1);
      assertThat(values(backend, deviation)).containsExactly(0, 0, 1, 2);
      assertThat(values(backend, difference)).containsExactly(0, 0, 1, -1, -1, 1, 0, 0);
      assertThat(values(backend, moved)).containsExactly(0, 4, 0, 2);
      assertThat(values(backend, back)).containsExactly(0, 0, 0, 0, 0, 0, 0, 0);
    }
  }

  // Without the sign of zeros, which nothing depends on.
  private static double[] values(Backend backend, Tensor tensor) {
    return Arrays.stream(backend.read(tensor)).map(v -> v + 0.0).toArray();
  }
}
