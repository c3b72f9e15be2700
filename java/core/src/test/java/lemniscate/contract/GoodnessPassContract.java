package lemniscate.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import lemniscate.backend.Backend;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The passes of Forward-Forward learning against the oracle, and what the oracle must be. */
public interface GoodnessPassContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void embed(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand labels = twins.input("labels", new Shape(shape.rows(), 1 + shape.columns() / 2));
          Operand x = twins.updated("x", shape);
          twins.run((ops, side) -> ops.goodness().embed(labels.on(side), x.on(side)));
          // Copies.
          twins.check(x, (i, expected) -> 0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void normalizeToLength(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          int n = shape.columns();
          double[] values = twins.normals((int) shape.elements());
          // A row of zeros, which stays, and one that is far from length 1.
          for (int j = 0; j < n; j++) {
            values[j] = 0;
            values[values.length - 1 - j] *= shape.rows() > 1 ? 1e6 : 1;
          }
          Operand x = twins.input("x", shape, values);
          Operand inPlace = twins.updated("inPlace", shape, values);
          Operand normalized = twins.overwritten("normalized", shape);
          twins.run(
              (ops, side) -> {
                ops.goodness().normalize(1.7, x.on(side), normalized.on(side));
                ops.goodness().normalize(1.7, inPlace.on(side), inPlace.on(side));
              });
          // The norm is summed in float64; two more roundings may come from float32 squares.
          Twins.Bound bound = (i, expected) -> tolerance.sum(n, Math.abs(expected));
          twins.check(normalized, bound);
          twins.check(inPlace, bound);
          assertThat(Arrays.stream(twins.expected(normalized)).limit(n)).containsOnly(0.0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void measure(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          int n = shape.columns();
          Operand h = twins.input("h", shape);
          Operand fresh = twins.overwritten("fresh", new Shape(shape.rows(), 1));
          Operand added = twins.updated("added", new Shape(shape.rows(), 1));
          twins.run(
              (ops, side) -> {
                ops.goodness().measure(0.3, h.on(side), false, fresh.on(side));
                ops.goodness().measure(0.3, h.on(side), true, added.on(side));
              });
          twins.check(fresh, (i, expected) -> tolerance.sum(n, Math.abs(expected)));
          twins.check(
              added,
              (i, expected) ->
                  tolerance.sum(n, Math.abs(expected - added.before(i)))
                      + tolerance.terms(added.before(i)));
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void contrast(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          int n = shape.columns();
          Shape pairs = new Shape(2 * shape.rows(), n);
          double[] values = twins.normals((int) pairs.elements());
          // Every third row far from the threshold, where an exponential would overflow.
          Arrays.setAll(values, i -> values[i] * (i / n % 3 == 1 ? 40 : 1));
          Operand h = twins.input("h", pairs, values);
          Operand displacement = twins.overwritten("displacement", pairs);
          Operand total = twins.updatedScalar("total", Double.NaN);
          double factor = 0.8;
          double threshold = 1.1;
          twins.run(
              (ops, side) ->
                  ops.goodness()
                      .contrast(
                          factor, threshold, h.on(side), displacement.on(side), total.on(side)));
          double[] logitBound = new double[pairs.rows()];
          for (int b = 0; b < logitBound.length; b++) {
            double squares = 0;
            for (int j = b * n; j < (b + 1) * n; j++) {
              squares += h.before(j) * h.before(j);
            }
            logitBound[b] = tolerance.sum(n, factor * squares) + tolerance.terms(threshold);
          }
          // p moves by at most p times what the logit moves; what is below the least normal number
          // of the type may be lost.
          twins.check(
              displacement,
              (i, expected) ->
                  Math.abs(expected) * (logitBound[i / n] + tolerance.terms(1)) + Float.MIN_NORMAL);
          // The loss has slope 1 at most.
          twins.check(
              total,
              (unused, expected) -> Arrays.stream(logitBound).sum() + tolerance.terms(expected));
        });
  }

  /**
   * By hand: activities (1, 2) and (3, 0), half their squares less 2. The positive row has logit ½,
   * the negative one 5/2.
   */
  @ParameterizedTest
  @EnumSource(DType.class)
  default void contrastByHand(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor h = arena.allocate(new Shape(2, 2));
      Tensor displacement = arena.allocate(new Shape(2, 2));
      Tensor total = arena.allocateScalars(1);
      backend.upload(new double[] {1, 2, 3, 0}, h);
      backend.run(ops -> ops.goodness().contrast(0.5, 2, h, displacement, total));
      // 2 (1 − 1/(1 + e^−½)) = 0.7550813…, −2/(1 + e^−5/2) = −1.8482836…
      double[] expected = {0.75508134, 1.51016269, -5.54485089, 0};
      double[] found = backend.read(displacement);
      for (int i = 0; i < expected.length; i++) {
        // float32, and eight digits written here.
        assertThat(found[i]).isCloseTo(expected[i], within(1e-6));
      }
      // log(1 + e^−½) + log(1 + e^5/2) = 0.4740770 + 2.5788897.
      assertThat(backend.scalar(total)).isCloseTo(3.0529667, within(1e-6));
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void contrastNeedsPairs(DType dtype) {
    try (Backend backend = open(dtype);
        Arena arena = backend.newArena()) {
      Tensor h = arena.allocate(new Shape(3, 2));
      Tensor displacement = arena.allocate(new Shape(3, 2));
      Tensor total = arena.allocateScalars(1);
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> backend.record(ops -> ops.goodness().contrast(1, 1, h, displacement, total)))
          .withMessageContaining("contrast")
          .withMessageContaining("(3, 2)");
    }
  }

  private void each(DType dtype, Case body) {
    Case.each(this, dtype, body);
  }
}
