package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The primitives against the oracle. */
public interface PrimitiveContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void gemm(DType dtype) {
    // Factors that are exact in float32, so that only the sums round.
    double[][] factors = {{1, 0}, {-0.5, 1}, {2, -0.25}};
    try (Backend backend = open(dtype)) {
      for (int m : Shapes.ROWS) {
        for (int n : Shapes.COLUMNS) {
          for (int k : Shapes.ROWS) {
            for (int transposes = 0; transposes < 4; transposes++) {
              double[] factor = factors[(m + n + k + transposes) % factors.length];
              gemm(backend, m, n, k, transposes, factor[0], factor[1]);
            }
          }
        }
      }
    }
  }

  private static void gemm(
      Backend backend, int m, int n, int k, int transposes, double alpha, double beta) {
    boolean transposeA = (transposes & 1) != 0;
    boolean transposeB = (transposes & 2) != 0;
    try (Twins twins = new Twins(backend, m + 1000L * n + 1000000L * k)) {
      Operand a = twins.input("A", transposeA ? new Shape(k, m) : new Shape(m, k));
      Operand b = twins.input("B", transposeB ? new Shape(n, k) : new Shape(k, n));
      Shape result = new Shape(m, n);
      Operand c = beta == 0 ? twins.overwritten("C", result) : twins.updated("C", result);
      twins.run(
          (ops, side) ->
              ops.gemm(
                  new Gemm(
                      alpha, a.on(side), transposeA, b.on(side), transposeB, beta, c.on(side))));
      Tolerance tolerance = Tolerance.of(backend.dtype());
      twins.check(
          c,
          "transposes " + transposeA + ", " + transposeB + ", k " + k,
          (i, expected) -> {
            int row = i / n;
            int column = i % n;
            double size = 0;
            for (int p = 0; p < k; p++) {
              size +=
                  a.size(transposeA ? p * m + row : row * k + p)
                      * b.size(transposeB ? column * k + p : p * n + column);
            }
            double former = beta == 0 ? 0 : beta * c.size(i);
            return tolerance.sum(k, Math.abs(alpha) * size) + tolerance.terms(former);
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void independentGemms(DType dtype) {
    Tolerance tolerance = Tolerance.of(dtype);
    int[][] sizes = {{3, 5, 7}, {3, 5, 7}, {3, 5, 7}, {10, 1, 33}, {1, 65, 2}};
    try (Backend backend = open(dtype);
        Twins twins = new Twins(backend, 17)) {
      List<Operand> lefts = new ArrayList<>();
      List<Operand> rights = new ArrayList<>();
      List<Operand> results = new ArrayList<>();
      for (int[] size : sizes) {
        lefts.add(twins.input("A", new Shape(size[0], size[2])));
        rights.add(twins.input("B", new Shape(size[1], size[2])));
        results.add(twins.overwritten("C", new Shape(size[0], size[1])));
      }
      twins.run(
          (ops, side) -> {
            for (int p = 0; p < sizes.length; p++) {
              ops.gemm(
                  Gemm.forward(
                      p - 1.5,
                      lefts.get(p).on(side),
                      rights.get(p).on(side),
                      results.get(p).on(side)));
            }
          });
      for (int p = 0; p < sizes.length; p++) {
        int n = sizes[p][1];
        int k = sizes[p][2];
        Operand a = lefts.get(p);
        Operand b = rights.get(p);
        double alpha = Math.abs(p - 1.5);
        twins.check(
            results.get(p),
            (i, expected) -> {
              double size = 0;
              for (int q = 0; q < k; q++) {
                size += a.size(i / n * k + q) * b.size(i % n * k + q);
              }
              return tolerance.sum(k, alpha * size);
            });
      }
    }
  }

  /** Neighbouring products, of which each reads or overwrites what one before it wrote or read. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void dependentGemmsRunInOrder(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor a = arena.allocate(Shape.SCALAR);
      Tensor b = arena.allocate(Shape.SCALAR);
      Tensor c = arena.allocate(Shape.SCALAR);
      Tensor d = arena.allocate(Shape.SCALAR);
      backend.upload(new double[] {2}, a);
      backend.upload(new double[] {3}, b);
      backend.run(
          ops -> {
            ops.gemm(Gemm.forward(1, a, b, c));
            ops.gemm(Gemm.forward(1, c, b, d));
            ops.gemm(Gemm.forward(1, d, d, c));
            ops.gemm(Gemm.forward(1, c, d, b));
          });
      assertThat(backend.read(c)).containsExactly(324);
      assertThat(backend.read(b)).containsExactly(5832);
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void fillAndCopyAreExact(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand filled = twins.overwritten("x", shape);
          Operand source = twins.input("source", shape);
          Operand target = twins.overwritten("target", shape);
          twins.run(
              (ops, side) -> {
                ops.fill(filled.on(side), -2.75);
                ops.copy(source.on(side), target.on(side));
              });
          twins.check(filled, (i, expected) -> 0);
          twins.check(target, (i, expected) -> 0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void scaleAxpyMultiply(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand scaled = twins.updated("scaled", shape);
          Operand x = twins.input("x", shape);
          Operand sum = twins.updated("sum", shape);
          Operand scalar = twins.scalar("scalar", -0.3);
          Operand scalarSum = twins.updated("scalarSum", shape);
          Operand product = twins.updated("product", shape);
          twins.run(
              (ops, side) -> {
                ops.scale(0.7, scaled.on(side));
                ops.axpy(-1.1, x.on(side), sum.on(side));
                ops.axpy(1.3, scalar.on(side), x.on(side), scalarSum.on(side));
                ops.multiply(x.on(side), product.on(side));
              });
          twins.check(scaled, (i, expected) -> tolerance.terms(expected));
          twins.check(sum, (i, expected) -> tolerance.terms(1.1 * x.size(i), sum.size(i)));
          twins.check(
              scalarSum, (i, expected) -> tolerance.terms(0.39 * x.size(i), scalarSum.size(i)));
          twins.check(product, (i, expected) -> tolerance.terms(expected));
        });
  }

  /** The primitives that sums of losses and energies need, in float64 whatever the element type. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void primitivesOnFloat64Scalars(DType dtype) {
    Tolerance tolerance = Tolerance.of(DType.FLOAT64);
    try (Backend backend = open(dtype)) {
      for (int count : Shapes.ROWS) {
        try (Twins twins = new Twins(backend, count)) {
          Operand x = twins.scalars("x", count);
          Operand scalar = twins.scalar("scalar", 0.1);
          Operand filled = twins.updatedScalars("filled", count);
          Operand copied = twins.updatedScalars("copied", count);
          Operand scaled = twins.updatedScalars("scaled", count);
          Operand sum = twins.updatedScalars("sum", count);
          Operand scalarSum = twins.updatedScalars("scalarSum", count);
          Operand product = twins.updatedScalars("product", count);
          Operand total = twins.updatedScalar("total", 0.1);
          twins.run(
              (ops, side) -> {
                ops.fill(filled.on(side), 0.1);
                ops.copy(x.on(side), copied.on(side));
                ops.scale(0.7, scaled.on(side));
                ops.axpy(-1.1, x.on(side), sum.on(side));
                ops.axpy(1.3, scalar.on(side), x.on(side), scalarSum.on(side));
                ops.multiply(x.on(side), product.on(side));
                ops.sumOfSquares(0.3, x.on(side), true, total.on(side));
              });
          twins.check(filled, (i, expected) -> 0);
          twins.check(copied, (i, expected) -> 0);
          twins.check(scaled, (i, expected) -> tolerance.terms(expected));
          twins.check(sum, (i, expected) -> tolerance.terms(1.1 * x.size(i), sum.size(i)));
          twins.check(
              scalarSum, (i, expected) -> tolerance.terms(0.13 * x.size(i), scalarSum.size(i)));
          twins.check(product, (i, expected) -> tolerance.terms(expected));
          twins.check(total, (i, expected) -> tolerance.sum(count, expected));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void addRow(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand row = twins.input("row", new Shape(1, shape.columns()));
          Operand y = twins.updated("y", shape);
          twins.run((ops, side) -> ops.addRow(row.on(side), y.on(side)));
          twins.check(
              y, (i, expected) -> tolerance.terms(y.size(i), row.size(i % shape.columns())));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void multiplyRow(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand row = twins.input("row", new Shape(1, shape.columns()));
          Operand x = twins.input("x", shape);
          Operand y = twins.overwritten("y", shape);
          Operand inPlace = twins.updated("inPlace", shape);
          twins.run(
              (ops, side) -> {
                ops.multiplyRow(row.on(side), x.on(side), y.on(side));
                ops.multiplyRow(row.on(side), inPlace.on(side), inPlace.on(side));
              });
          Twins.Bound bound = (i, expected) -> tolerance.terms(expected);
          twins.check(y, bound);
          twins.check(inPlace, bound);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void columnSum(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand x = twins.input("x", shape);
          Operand out = twins.overwritten("out", new Shape(1, shape.columns()));
          twins.run((ops, side) -> ops.columnSum(-0.7, x.on(side), out.on(side)));
          twins.check(
              out,
              (j, expected) -> {
                double size = 0;
                for (int b = 0; b < shape.rows(); b++) {
                  size += x.size(b * shape.columns() + j);
                }
                return tolerance.sum(shape.rows(), 0.7 * size);
              });
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void sumOfSquares(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand x = twins.input("x", shape);
          Operand fresh = twins.updatedScalar("fresh", Double.NaN);
          Operand accumulated = twins.updatedScalar("accumulated", -3);
          twins.run(
              (ops, side) -> {
                ops.sumOfSquares(0.7, x.on(side), false, fresh.on(side));
                ops.sumOfSquares(0.7, x.on(side), true, accumulated.on(side));
              });
          // The squares may be rounded to the element type, the sum is in float64: no factor √K,
          // unless that is the element type.
          int terms = dtype == DType.FLOAT64 ? Math.toIntExact(shape.elements()) : 0;
          twins.check(fresh, (i, expected) -> tolerance.sum(terms, expected));
          twins.check(accumulated, (i, expected) -> tolerance.sum(terms, expected + 3));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void activationAndDerivative(DType dtype) {
    for (Activation activation : Activation.values()) {
      each(
          dtype,
          (twins, shape, tolerance) -> {
            Operand u = twins.input("u", shape, Arguments.of(twins, shape));
            Operand h = twins.overwritten("h", shape);
            Operand derivative = twins.overwritten("derivative", shape);
            twins.run(
                (ops, side) -> {
                  ops.activation(activation, u.on(side), h.on(side));
                  ops.activationDerivative(activation, u.on(side), h.on(side), derivative.on(side));
                });
            String name = activation.name();
            twins.check(
                h, name, (i, expected) -> tolerance.value(activation, u.before(i), expected));
            twins.check(
                derivative,
                name,
                (i, expected) -> tolerance.derivative(activation, u.before(i), expected));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void activationDifference(DType dtype) {
    for (Activation activation : Activation.values()) {
      each(
          dtype,
          (twins, shape, tolerance) -> {
            Operand u = twins.input("u", shape, Arguments.of(twins, shape));
            Operand h = twins.input("h", shape, Arguments.activities(activation, u));
            Operand z = twins.input("z", shape, Arguments.smallAndLargeShifts(twins, shape));
            Operand difference = twins.overwritten("difference", shape);
            Operand derivative = twins.overwritten("derivative", shape);
            twins.run(
                (ops, side) ->
                    ops.activationDifference(
                        activation,
                        u.on(side),
                        h.on(side),
                        z.on(side),
                        difference.on(side),
                        derivative.on(side)));
            twins.check(
                difference,
                activation.name(),
                (i, expected) ->
                    tolerance.difference(activation, u.before(i), z.before(i), expected));
            twins.check(
                derivative,
                activation.name(),
                (i, expected) ->
                    tolerance.derivative(activation, u.before(i) + z.before(i), expected));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void softmax(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand x = twins.input("x", shape, Arguments.logits(twins, shape));
          Operand out = twins.overwritten("out", shape);
          Operand inPlace = twins.updated("inPlace", shape, Arguments.logits(twins, shape));
          twins.run(
              (ops, side) -> {
                ops.softmax(x.on(side), out.on(side));
                ops.softmax(inPlace.on(side), inPlace.on(side));
              });
          int n = shape.columns();
          twins.check(
              out,
              (i, expected) -> expected * tolerance.softmax(n, Arguments.spread(x, i / n, n), 0));
          twins.check(
              inPlace,
              (i, expected) ->
                  expected * tolerance.softmax(n, Arguments.spread(inPlace, i / n, n), 0));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void randomNormal(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand x = twins.overwritten("x", shape);
          Operand other = twins.overwritten("other", shape);
          twins.run(
              (ops, side) -> {
                ops.randomNormal(42, 7, 0.3, x.on(side));
                ops.randomNormal(42, 8, 1, other.on(side));
              });
          // One rounding on storing; a device's float64 sine may differ by some ulps of 2π.
          Twins.Bound bound =
              (i, expected) -> tolerance.times(2, expected) + 64 * DType.FLOAT64.unitRoundoff();
          twins.check(x, bound);
          twins.check(other, bound);
        });
  }

  /** A plan that advances its counter draws from the next stream in every run. */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void randomNormalByCounter(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand counter = twins.updatedScalar("counter", 4);
          Operand x = twins.overwritten("x", shape);
          Operand next = twins.overwritten("next", shape);
          Operand same = twins.overwritten("same", shape);
          twins.run(
              (ops, side) -> {
                ops.randomNormal(42, 7, counter.on(side), 0.3, x.on(side));
                ops.update().advance(counter.on(side));
                ops.randomNormal(42, 7, counter.on(side), 0.3, next.on(side));
                // Numbers 11 and 12 of the seed's streams.
                ops.randomNormal(42, 12, 0.3, same.on(side));
              });
          Twins.Bound bound =
              (i, expected) -> tolerance.times(2, expected) + 64 * DType.FLOAT64.unitRoundoff();
          twins.check(x, bound);
          twins.check(next, bound);
          assertThat(twins.expected(next)).isEqualTo(twins.expected(same));
          assertThat(twins.expected(next)).isNotEqualTo(twins.expected(x));
        });
  }

  private void each(DType dtype, Case body) {
    Case.each(this, dtype, body);
  }
}
