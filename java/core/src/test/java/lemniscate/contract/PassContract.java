package lemniscate.contract;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import lemniscate.backend.Activation;
import lemniscate.backend.Gemm;
import lemniscate.backend.Loss;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The passes against the oracle. Where a default exists in primitives, the backend's own form and
 * the default have to meet the same bound.
 */
public interface PassContract extends OpensBackend {

  @ParameterizedTest
  @EnumSource(DType.class)
  default void activate(DType dtype) {
    for (Form form : Form.values()) {
      for (Activation activation : Activation.values()) {
        each(dtype, (twins, shape, tolerance) -> activate(form, activation, twins, shape, true));
        each(dtype, (twins, shape, tolerance) -> activate(form, activation, twins, shape, false));
      }
    }
  }

  private void activate(
      Form form, Activation activation, Twins twins, Shape shape, boolean withBias) {
    Tolerance tolerance = twins.tolerance();
    Operand u = twins.updated("u", shape, Arguments.of(twins, shape));
    Operand bias = twins.input("bias", new Shape(1, shape.columns()));
    Operand h = twins.overwritten("h", shape);
    twins.run(
        form,
        (ops, side) ->
            ops.layer()
                .activate(activation, u.on(side), withBias ? bias.on(side) : null, h.on(side)));
    double[] argument = twins.expected(u);
    String detail = form + " " + activation + (withBias ? " with bias" : "");
    // Without a bias u stays as it is.
    Twins.Bound shift =
        (i, expected) -> withBias ? tolerance.terms(u.size(i), bias.size(i % shape.columns())) : 0;
    twins.check(u, detail, shift);
    // |φ′| is at most 1.13 (GELU, near 1.5): what the rounding of u costs.
    twins.check(
        h,
        detail,
        (i, expected) ->
            tolerance.value(activation, argument[i], expected) + 1.13 * shift.at(i, argument[i]));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void gate(DType dtype) {
    for (Form form : Form.values()) {
      for (Activation activation : Activation.values()) {
        each(
            dtype,
            (twins, shape, tolerance) -> {
              Operand u = twins.input("u", shape, Arguments.of(twins, shape));
              Operand h = twins.input("h", shape, Arguments.activities(activation, u));
              Operand displacement = twins.input("displacement", shape);
              Operand gated = twins.overwritten("gated", shape);
              twins.run(
                  form,
                  (ops, side) ->
                      ops.layer()
                          .gate(
                              activation,
                              u.on(side),
                              h.on(side),
                              displacement.on(side),
                              gated.on(side)));
              twins.check(
                  gated,
                  form + " " + activation,
                  (i, expected) ->
                      displacement.size(i)
                              * tolerance.derivative(
                                  activation, u.before(i), activation.derivative(u.before(i)))
                          + tolerance.terms(expected));
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void squaredError(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          Operand output = twins.input("output", shape);
          Operand shift = twins.input("shift", shape, Arguments.shifts(twins, shape));
          Operand target = twins.input("target", shape);
          Operand error = twins.overwritten("error", shape);
          Operand total = twins.updatedScalar("total", Double.NaN);
          Operand plainError = twins.overwritten("plainError", shape);
          Operand plainTotal = twins.updatedScalar("plainTotal", Double.NaN);
          twins.run(
              (ops, side) -> {
                ops.loss()
                    .outputError(
                        Loss.MSE,
                        output.on(side),
                        shift.on(side),
                        target.on(side),
                        error.on(side),
                        total.on(side));
                ops.loss()
                    .outputError(
                        Loss.MSE,
                        output.on(side),
                        target.on(side),
                        plainError.on(side),
                        plainTotal.on(side));
              });
          // (target − output) − shift: each difference rounds once, relative to itself.
          Twins.Bound bound =
              (i, expected) -> tolerance.terms(target.before(i) - output.before(i), expected);
          twins.check(error, bound);
          twins.check(plainError, bound);
          twins.check(total, (i, expected) -> squaredTotal(bound, twins.expected(error)));
          twins.check(plainTotal, (i, expected) -> squaredTotal(bound, twins.expected(plainError)));
        });
  }

  /** Σ |e| times the bound of e: the derivative of ½ Σ e². */
  private static double squaredTotal(Twins.Bound bound, double[] error) {
    double sum = 0;
    for (int i = 0; i < error.length; i++) {
      sum += Math.abs(error[i]) * bound.at(i, error[i]);
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void crossEntropy(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          int n = shape.columns();
          Operand output = twins.input("output", shape, Arguments.logits(twins, shape));
          Operand shift = twins.input("shift", shape, Arguments.shifts(twins, shape));
          Operand target = twins.input("target", shape, Arguments.targets(twins, shape));
          Operand error = twins.overwritten("error", shape);
          Operand total = twins.updatedScalar("total", Double.NaN);
          Operand plainError = twins.overwritten("plainError", shape);
          Operand plainTotal = twins.updatedScalar("plainTotal", Double.NaN);
          twins.run(
              (ops, side) -> {
                ops.loss()
                    .outputError(
                        Loss.CROSS_ENTROPY,
                        output.on(side),
                        shift.on(side),
                        target.on(side),
                        error.on(side),
                        total.on(side));
                ops.loss()
                    .outputError(
                        Loss.CROSS_ENTROPY,
                        output.on(side),
                        target.on(side),
                        plainError.on(side),
                        plainTotal.on(side));
              });
          Twins.Bound plainRow =
              (row, unused) -> tolerance.softmax(n, Arguments.spread(output, row, n), 0);
          // Adding the shift rounds at the height of the logits, here up to 1000.
          Twins.Bound shiftedRow =
              (row, unused) ->
                  tolerance.softmax(
                      n,
                      Arguments.spread(output, row, n) + 10,
                      largest(output, row, n) + largest(shift, row, n));
          checkCrossEntropy(twins, tolerance, target, n, plainError, plainTotal, plainRow);
          checkCrossEntropy(twins, tolerance, target, n, error, total, shiftedRow);
        });
  }

  private static void checkCrossEntropy(
      Twins twins,
      Tolerance tolerance,
      Operand target,
      int n,
      Operand error,
      Operand total,
      Twins.Bound row) {
    twins.check(
        error,
        (i, expected) -> {
          double probability = target.before(i) - expected;
          return probability * row.at(i / n, 0) + tolerance.terms(target.before(i), probability);
        });
    // log p has the relative error of p as its absolute error, and rounds relative to itself.
    twins.check(
        total,
        (unused, expected) -> {
          double allowed = tolerance.terms(expected);
          for (int b = 0; b < target.elements() / n; b++) {
            allowed += row.at(b, 0);
          }
          return allowed;
        });
  }

  private static double largest(Operand x, int row, int n) {
    double largest = 0;
    for (int j = row * n; j < (row + 1) * n; j++) {
      largest = Math.max(largest, x.size(j));
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void predictionError(DType dtype) {
    for (Form form : Form.values()) {
      for (Activation activation : Activation.values()) {
        each(
            dtype,
            (twins, shape, tolerance) -> {
              Operand u = twins.input("u", shape, Arguments.of(twins, shape));
              Operand h = twins.input("h", shape, Arguments.activities(activation, u));
              Operand z = twins.input("z", shape, Arguments.smallAndLargeShifts(twins, shape));
              Operand displacement =
                  twins.input("displacement", shape, Arguments.shifts(twins, shape));
              Operand error = twins.overwritten("error", shape);
              Operand gated = twins.overwritten("gated", shape);
              twins.run(
                  form,
                  (ops, side) ->
                      ops.pc()
                          .predictionError(
                              activation,
                              u.on(side),
                              h.on(side),
                              z.on(side),
                              displacement.on(side),
                              error.on(side),
                              gated.on(side)));
              double[] e = twins.expected(error);
              Twins.Bound bound =
                  (i, expected) -> {
                    double difference = activation.difference(u.before(i), z.before(i));
                    return tolerance.difference(activation, u.before(i), z.before(i), difference)
                        + tolerance.terms(displacement.size(i), difference);
                  };
              String detail = form + " " + activation;
              twins.check(error, detail, bound);
              twins.check(
                  gated,
                  detail,
                  (i, expected) -> {
                    double at = u.before(i) + z.before(i);
                    double slope = activation.derivative(at);
                    return bound.at(i, 0) * Math.abs(slope)
                        + Math.abs(e[i]) * tolerance.derivative(activation, at, slope)
                        + tolerance.terms(expected);
                  });
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void stateGradient(DType dtype) {
    for (Form form : Form.values()) {
      for (boolean gated : new boolean[] {true, false}) {
        each(
            dtype,
            (twins, shape, tolerance) -> {
              Operand error = twins.input("error", shape);
              Operand gate = twins.input("gate", shape);
              Operand back = twins.updated("back", shape);
              twins.run(
                  form,
                  (ops, side) ->
                      ops.pc()
                          .stateGradient(
                              0.7, error.on(side), gated ? gate.on(side) : null, back.on(side)));
              twins.check(
                  back,
                  form + (gated ? " gated" : ""),
                  (i, expected) ->
                      tolerance.terms(
                          0.7 * error.size(i), (gated ? gate.size(i) : 1) * back.size(i)));
            });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void relaxState(DType dtype) {
    for (Form form : Form.values()) {
      for (boolean gated : new boolean[] {true, false}) {
        for (boolean alias : new boolean[] {true, false}) {
          each(
              dtype,
              (twins, shape, tolerance) -> {
                Operand displacement = twins.updated("displacement", shape);
                Operand error = alias ? displacement : twins.input("error", shape);
                Operand gate = twins.input("gate", shape);
                Operand back = twins.scratch("back", shape);
                Operand rate = twins.scalar("rate", 0.3);
                twins.run(
                    form,
                    (ops, side) ->
                        ops.pc()
                            .relaxState(
                                1.7,
                                error.on(side),
                                gated ? gate.on(side) : null,
                                back.on(side),
                                rate.on(side),
                                displacement.on(side)));
                // The gradient has up to four roundings, the step four more.
                twins.check(
                    displacement,
                    form + (gated ? " gated" : "") + (alias ? " in place" : ""),
                    (i, expected) ->
                        tolerance.times(
                            8,
                            displacement.size(i),
                            0.3 * 1.7 * error.size(i),
                            0.3 * (gated ? gate.size(i) : 1) * back.size(i)));
              });
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void relaxError(DType dtype) {
    for (Form form : Form.values()) {
      each(
          dtype,
          (twins, shape, tolerance) -> {
            Operand back = twins.scratch("back", shape);
            Operand derivative = twins.input("derivative", shape);
            Operand rate = twins.scalar("rate", 0.3);
            Operand error = twins.updated("error", shape);
            Operand gated = twins.overwritten("gated", shape);
            twins.run(
                form,
                (ops, side) ->
                    ops.pc()
                        .relaxError(
                            1.7,
                            back.on(side),
                            derivative.on(side),
                            rate.on(side),
                            error.on(side),
                            gated.on(side)));
            Twins.Bound bound =
                (i, expected) ->
                    tolerance.times(8, (1 + 0.3 * 1.7) * error.size(i), 0.3 * back.size(i));
            twins.check(error, form.name(), bound);
            twins.check(
                gated,
                form.name(),
                (i, expected) -> bound.at(i, 0) * derivative.size(i) + tolerance.terms(expected));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void advanceCounts(DType dtype) {
    each(
        dtype,
        (twins, shape, tolerance) -> {
          // Beyond the integers of float32.
          Operand counter = twins.updatedScalar("counter", 0x1p24);
          twins.run((ops, side) -> ops.update().advance(counter.on(side)));
          twins.check(counter, (i, expected) -> 0);
        });
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void sgd(DType dtype) {
    for (double decay : new double[] {0, 0.2}) {
      each(
          dtype,
          (twins, shape, tolerance) -> {
            Operand gradient = twins.input("gradient", shape);
            Operand rate = twins.scalar("rate", 0.3);
            Operand weight = twins.updated("weight", shape);
            twins.run(
                (ops, side) ->
                    ops.update()
                        .sgd(gradient.on(side), rate.on(side), 1.7, decay, weight.on(side)));
            twins.check(
                weight,
                (i, expected) -> tolerance.terms(weight.size(i), 0.3 * 1.7 * gradient.size(i)));
          });
    }
  }

  /** What stands between a gradient's product and the step that is taken from it. */
  enum Between {
    NOTHING,
    SUM_OF_AN_OPERAND,
    COPY_OF_THE_GRADIENT,
    COPY_OF_THE_WEIGHT,
    PRODUCT_WITH_THE_WEIGHT_BESIDE,
    PRODUCT_WITH_THE_WEIGHT_AFTER,
    DECAY_IN_THE_GRADIENT,
    ANOTHER_RATE
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void stepFromAProduct(DType dtype) {
    for (Between between : Between.values()) {
      for (int k : new int[] {1, 3, 31}) {
        each(
            dtype,
            (twins, shape, tolerance) -> stepFromAProduct(between, k, twins, shape, tolerance));
      }
    }
  }

  private static void stepFromAProduct(
      Between between, int k, Twins twins, Shape shape, Tolerance tolerance) {
    int m = shape.rows();
    int n = shape.columns();
    // Powers of two, so that only the sums round, but for the rate.
    double alpha = -0.5;
    double rate = 0.3;
    double factor = 2;
    double decay = 0.25;
    double coupled = 0.125;
    Operand a = twins.input("A", new Shape(k, m));
    Operand b = twins.input("B", new Shape(k, n));
    Operand gradient = twins.scratch("gradient", shape);
    Operand weight = twins.updated("weight", shape);
    Operand rates = twins.updatedScalar("rate", rate);
    Operand copy = twins.overwritten("copy", shape);
    Operand sums = twins.overwritten("sums", new Shape(1, m));
    Operand through = twins.overwritten("through", new Shape(k, n));
    Operand one = twins.input("one", Shape.SCALAR, new double[] {1});
    twins.run(
        (ops, side) -> {
          Gemm product = Gemm.outer(alpha, a.on(side), b.on(side), gradient.on(side));
          Gemm withWeight = Gemm.backward(1, a.on(side), weight.on(side), through.on(side));
          boolean beside = between == Between.PRODUCT_WITH_THE_WEIGHT_BESIDE;
          ops.gemm(product);
          if (beside) {
            ops.gemm(withWeight);
          }
          switch (between) {
            case NOTHING, PRODUCT_WITH_THE_WEIGHT_BESIDE -> {}
            case SUM_OF_AN_OPERAND -> ops.columnSum(1, a.on(side), sums.on(side));
            case COPY_OF_THE_GRADIENT -> ops.copy(gradient.on(side), copy.on(side));
            case COPY_OF_THE_WEIGHT -> ops.copy(weight.on(side), copy.on(side));
            case PRODUCT_WITH_THE_WEIGHT_AFTER -> ops.gemm(withWeight);
            case DECAY_IN_THE_GRADIENT -> ops.axpy(coupled, weight.on(side), gradient.on(side));
            case ANOTHER_RATE -> ops.sumOfSquares(rate / 2, one.on(side), true, rates.on(side));
          }
          ops.update().sgd(gradient.on(side), rates.on(side), factor, decay, weight.on(side));
        });
    String detail = between + ", k " + k;
    double step = factor * rate * (between == Between.ANOTHER_RATE ? 1.5 : 1);
    IntToDoubleFunction size =
        i -> {
          double sum = 0;
          for (int p = 0; p < k; p++) {
            sum += Math.abs(alpha) * a.size(p * m + i / n) * b.size(p * n + i % n);
          }
          return sum;
        };
    Twins.Bound ofGradient = (i, expected) -> tolerance.sum(k, size.applyAsDouble(i));
    twins.check(
        weight,
        detail,
        (i, expected) ->
            step * ofGradient.at(i, expected)
                + tolerance.terms(
                    weight.size(i), step * coupled * weight.size(i), step * size.applyAsDouble(i)));
    switch (between) {
      case COPY_OF_THE_GRADIENT -> twins.check(copy, detail, ofGradient);
      case COPY_OF_THE_WEIGHT -> twins.check(copy, detail, (i, expected) -> 0);
      case PRODUCT_WITH_THE_WEIGHT_BESIDE, PRODUCT_WITH_THE_WEIGHT_AFTER ->
          twins.check(
              through,
              detail,
              (i, expected) -> {
                double sum = 0;
                for (int p = 0; p < m; p++) {
                  sum += a.size(i / n * m + p) * weight.size(p * n + i % n);
                }
                return tolerance.sum(m, sum);
              });
      default -> {}
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void momentum(DType dtype) {
    for (double decay : new double[] {0, 0.2}) {
      each(
          dtype,
          (twins, shape, tolerance) -> {
            Operand gradient = twins.input("gradient", shape);
            Operand rate = twins.scalar("rate", 0.3);
            Operand velocity = twins.updated("velocity", shape);
            Operand weight = twins.updated("weight", shape);
            twins.run(
                (ops, side) ->
                    ops.update()
                        .momentum(
                            gradient.on(side),
                            rate.on(side),
                            1.7,
                            decay,
                            0.9,
                            velocity.on(side),
                            weight.on(side)));
            twins.check(
                velocity,
                (i, expected) -> tolerance.terms(0.9 * velocity.size(i), gradient.size(i)));
            // The velocity's roundings and the step's.
            twins.check(
                weight,
                (i, expected) ->
                    tolerance.times(
                        8,
                        weight.size(i),
                        0.3 * 1.7 * (0.9 * velocity.size(i) + gradient.size(i))));
          });
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  default void adam(DType dtype) {
    // β₂ so near 1 that 1 − β₂ in float32 would be wrong in the fifth digit.
    AdamCoefficients coefficients = new AdamCoefficients(0.9, 0.999, 1e-3);
    for (double t : new double[] {1, 2, 1000}) {
      for (double decay : new double[] {0, 0.2}) {
        each(
            dtype,
            (twins, shape, tolerance) -> {
              Operand gradient = twins.input("gradient", shape);
              Operand rate = twins.scalar("rate", 0.3);
              Operand counter = twins.scalar("counter", t);
              Operand first = twins.updated("firstMoment", shape);
              double[] squares = twins.normals((int) shape.elements());
              Arrays.setAll(squares, i -> squares[i] * squares[i] / 100);
              Operand second = twins.updated("secondMoment", shape, squares);
              Operand weight = twins.updated("weight", shape);
              twins.run(
                  (ops, side) ->
                      ops.update()
                          .adam(
                              gradient.on(side),
                              rate.on(side),
                              1.7,
                              decay,
                              coefficients,
                              counter.on(side),
                              first.on(side),
                              second.on(side),
                              weight.on(side)));
              twins.check(
                  first,
                  (i, expected) -> tolerance.terms(0.9 * first.size(i), 0.1 * gradient.size(i)));
              twins.check(second, (i, expected) -> tolerance.times(6, expected));
              double[] v = twins.expected(second);
              // Moments, two corrections, root, sum and quotient: at most 16 roundings of the move.
              // A power may be off by 2 units on a device and by 1 here, at a size of 1: that is
              // what 1 - β^t loses where it cancels, of which the root halves the second.
              double power = 3 * DType.FLOAT64.unitRoundoff();
              double lost = power / (1 - Math.pow(0.9, t)) + power / 2 / (1 - Math.pow(0.999, t));
              twins.check(
                  weight,
                  "t " + t,
                  (i, expected) -> {
                    double size =
                        (0.9 * first.size(i) + 0.1 * gradient.size(i)) / (1 - Math.pow(0.9, t));
                    double root = Math.sqrt(v[i] / (1 - Math.pow(0.999, t))) + 1e-3;
                    double move = 0.3 * 1.7 * size / root;
                    return tolerance.terms(weight.size(i))
                        + tolerance.times(16, move)
                        + lost * move;
                  });
            });
      }
    }
  }

  private void each(DType dtype, Case body) {
    Case.each(this, dtype, body);
  }
}
