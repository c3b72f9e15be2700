package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.backend.Operations;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The passes of forward-only learning against the oracle, and by hand where nothing is left. */
public interface PepitaPassContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void normalize(DType dtype) {
    for (boolean perRow : new boolean[] {false, true}) {
      Case.each(
          this,
          dtype,
          (twins, shape, tolerance) -> {
            Operand x = twins.input("x", shape);
            Operand y = twins.overwritten("y", shape);
            twins.run((ops, side) -> ops.pepita().normalize(perRow, 0.7, x.on(side), y.on(side)));
            // A sum of squares and the rounding of its factor.
            twins.check(
                y, (i, expected) -> tolerance.sum((int) shape.elements(), Math.abs(expected)));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void normalizedDifference(DType dtype) {
    for (boolean perRow : new boolean[] {false, true}) {
      // The second is what a difference of normalised numbers would lose altogether in float32.
      for (double size : new double[] {1, 1e-9}) {
        Case.each(
            this,
            dtype,
            (twins, shape, tolerance) -> {
              Operand x = twins.input("x", shape);
              double[] moves = twins.normals((int) shape.elements());
              Arrays.setAll(moves, i -> size * moves[i]);
              Operand d = twins.updated("d", shape, moves);
              twins.run(
                  (ops, side) ->
                      ops.pepita().normalizedDifference(perRow, 0.7, x.on(side), d.on(side)));
              // Two terms, each at most norm · ‖d‖ / ‖x + d‖; the rows of one element, whose
              // normalised value cannot move, may lie near 0, where that is at most 2 · norm.
              double bound = 40 * tolerance.sum(shape.columns(), Math.min(2, 40 * size));
              twins.check(d, perRow + " " + size, (i, expected) -> bound);
            });
      }
    }
  }

  /**
   * (3, 4) has norm 5; a zero row stays 0, and one that comes from or goes to 0 moves by itself.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void zeroRowsAreDefined(DType dtype) {
    Shape shape = new Shape(4, 2);
    double[] x = {3, 4, 0, 0, 0, 0, 3, 4};
    double[] d = {3, 4, 0, 0, 6, 8, -3, -4};
    assertThat(
            result(dtype, shape, x, d, (ops, in, out) -> ops.pepita().normalize(true, 10, in, out)))
        .containsExactly(6, 8, 0, 0, 0, 0, 6, 8);
    assertThat(
            result(
                dtype,
                shape,
                x,
                d,
                (ops, in, out) -> ops.pepita().normalizedDifference(true, 10, in, out)))
        .containsExactly(0, 0, 0, 0, 6, 8, -6, -8);
    assertThat(
            result(
                dtype,
                shape,
                new double[8],
                d,
                (ops, in, out) -> ops.pepita().normalize(false, 10, in, out)))
        .containsOnly(0);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void signs(DType dtype) {
    assertThat(
            result(
                dtype,
                new Shape(2, 3),
                new double[] {-2, 0, 1e-30, 5, -1e-30, 1},
                new double[6],
                (ops, in, out) -> ops.pepita().sign(in, out)))
        .containsExactly(-1, 0, 1, 1, -1, 1);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void centre(DType dtype) {
    Case.each(
        this,
        dtype,
        (twins, shape, tolerance) -> {
          Operand x = twins.updated("x", shape);
          twins.run((ops, side) -> ops.pepita().centre(x.on(side)));
          twins.check(x, (i, expected) -> tolerance.terms(x.size(i), 1.5));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void rescale(DType dtype) {
    Case.each(
        this,
        dtype,
        (twins, shape, tolerance) -> {
          // A mean far from 0 must not count; of one element there is no deviation.
          double[] shifted = twins.normals(21);
          Arrays.setAll(shifted, i -> shifted[i] + 100);
          Operand reference = twins.input("reference", new Shape(7, 3), shifted);
          Operand x = twins.updated("x", shape);
          Operand own = twins.updated("own", new Shape(3, 5));
          Operand constant = twins.updated("constant", new Shape(1, 1));
          twins.run(
              (ops, side) -> {
                ops.pepita().rescale(0.3, 1.0 / 3, reference.on(side), x.on(side));
                ops.pepita().rescale(0.3, 1, own.on(side), own.on(side));
                ops.pepita().rescale(0.3, 1, constant.on(side), constant.on(side));
              });
          // The factor comes of a sum in float64, the power of a few units in its last place.
          twins.check(x, (i, expected) -> tolerance.sum(21, Math.abs(expected)));
          twins.check(own, (i, expected) -> tolerance.sum(15, Math.abs(expected)));
          twins.check(constant, (i, expected) -> 0);
          double mean = Arrays.stream(twins.expected(own)).average().orElseThrow();
          double squares =
              Arrays.stream(twins.expected(own)).map(v -> (v - mean) * (v - mean)).sum();
          // Float64.
          assertThat(Math.sqrt(squares / 15)).isCloseTo(0.3, Offset.offset(1e-14));
        });
  }

  /** Enqueues an operation of two operands. */
  @FunctionalInterface
  interface OfTwo {
    void record(Operations ops, Tensor in, Tensor out);
  }

  private double[] result(DType dtype, Shape shape, double[] x, double[] y, OfTwo operation) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor in = arena.allocate(shape);
      Tensor out = arena.allocate(shape);
      backend.upload(x, in);
      backend.upload(y, out);
      backend.run(ops -> operation.record(ops, in, out));
      return backend.read(out);
    }
  }
}
