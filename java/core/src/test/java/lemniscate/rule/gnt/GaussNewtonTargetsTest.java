package lemniscate.rule.gnt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.mup.Parameterization;
import lemniscate.mup.Scheme;
import lemniscate.mup.Size;
import lemniscate.mup.StepClass;
import lemniscate.network.DenseLayer;
import lemniscate.network.NetworkSpec;
import lemniscate.optim.Optimizer;
import lemniscate.rule.Oracle;
import lemniscate.rule.RuleFixture;
import lemniscate.rule.TargetStep;
import lemniscate.theory.OutputJacobians;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Invariant V10 and what follows from it; the Jacobian here comes from finite differences. */
final class GaussNewtonTargetsTest {

  private static final int BATCH = 4;
  private static final NetworkSpec SPEC = RuleFixture.spec(Activation.TANH, true, 3, 7, 6, 5, 2);

  /**
   * V10: moving one layer by its exact target moves the linearised output by η̂ e_L, J_l D_l = η̂
   * e_L, in every layer; with damping the remainder is λ (J Jᵀ + λ)⁻¹ η̂ e_L.
   *
   * <p>Tolerance: J by central differences of size 1e-5 is good to about 1e-9 in float64.
   */
  @ParameterizedTest
  @CsvSource({"reference,0,1", "cpu,0,1", "cpu,0.2,1", "cpu,0,0.3", "reference,0.2,0.3"})
  void linearisedOutputMovesByTheTarget(String backendName, double damping, double targetStep) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, SPEC, Loss.MSE, BATCH)) {
      fixture
          .drawBiases(0.3, 5)
          .rule(new GaussNewtonTargets(damping, targetStep))
          .drawBatch(6)
          .gradients();
      TargetStep step = (TargetStep) fixture.step();
      GntForward forward = new GntForward(fixture);
      double[] output = step.displacement(4);
      for (int l = 1; l <= 3; l++) {
        double[] moved = step.displacement(l);
        for (int b = 0; b < BATCH; b++) {
          double[][] jacobian = forward.jacobian(l, b);
          double[] image = times(jacobian, moved, b * SPEC.width(l));
          double[] x = solved(jacobian, damping, output, b * 2);
          for (int c = 0; c < 2; c++) {
            double expected = output[2 * b + c] - damping * x[c];
            assertThat(image[c])
                .as("layer %d, example %d", l, b)
                .isCloseTo(expected, Offset.offset(1e-8));
          }
        }
      }
    }
  }

  /**
   * The gradients of the rule are those of the closed form, from Jacobians that are matrix products
   * rather than a backward pass over the batch. Tolerance: some hundred operations in float64.
   */
  @ParameterizedTest
  @CsvSource({"reference,0", "cpu,0", "cpu,0.2"})
  void gradientsAreThoseOfTheClosedForm(String backendName, double damping) {
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, SPEC, Loss.MSE, BATCH)) {
      fixture
          .drawBiases(0.3, 15)
          .rule(new GaussNewtonTargets(damping, 1))
          .drawBatch(16)
          .gradients();
      List<RealMatrix> weights = new ArrayList<>();
      List<RealMatrix> derivatives = new ArrayList<>();
      List<RealMatrix> below = new ArrayList<>(List.of(rows(backend.read(fixture.step().input()))));
      for (DenseLayer layer : fixture.network().layers()) {
        RealMatrix weight = rows(backend.read(layer.weight().value()), layer.fanOut());
        weights.add(weight);
        double[] bias = backend.read(layer.requireBias().value());
        RealMatrix u = below.getLast().multiply(weight.transpose());
        for (int b = 0; b < BATCH; b++) {
          u.setRowVector(b, u.getRowVector(b).add(MatrixUtils.createRealVector(bias)));
        }
        below.add(applied(u, layer.activation()::value));
        derivatives.add(applied(u, layer.activation()::derivative));
      }
      RealMatrix outputError =
          rows(backend.read(fixture.step().target())).subtract(below.getLast());
      OutputJacobians closed =
          OutputJacobians.of(weights, derivatives.subList(0, derivatives.size() - 1));
      for (int l = 1; l <= 4; l++) {
        RealMatrix expected = closed.gaussNewtonGradient(l, outputError, below.get(l - 1), damping);
        assertThat(rows(fixture.weightGradient(l), SPEC.width(l)).subtract(expected).getNorm())
            .as("layer %d", l)
            .isLessThan(1e-11 * expected.getNorm());
      }
    }
  }

  private static RealMatrix rows(double[] values) {
    return rows(values, BATCH);
  }

  private static RealMatrix rows(double[] values, int rows) {
    RealMatrix matrix = MatrixUtils.createRealMatrix(rows, values.length / rows);
    for (int i = 0; i < values.length; i++) {
      matrix.setEntry(i / matrix.getColumnDimension(), i % matrix.getColumnDimension(), values[i]);
    }
    return matrix;
  }

  private static RealMatrix applied(RealMatrix u, DoubleUnaryOperator function) {
    RealMatrix values = u.copy();
    for (int row = 0; row < u.getRowDimension(); row++) {
      values.setRow(row, Arrays.stream(u.getRow(row)).map(function).toArray());
    }
    return values;
  }

  private static double[] times(double[][] matrix, double[] x, int from) {
    double[] product = new double[matrix.length];
    for (int c = 0; c < matrix.length; c++) {
      for (int i = 0; i < matrix[c].length; i++) {
        product[c] += matrix[c][i] * x[from + i];
      }
    }
    return product;
  }

  // (J Jᵀ + λ)⁻¹ e for two outputs, by Cramer's rule.
  private static double[] solved(double[][] j, double damping, double[] e, int from) {
    double a = damping;
    double b = 0;
    double d = damping;
    for (int i = 0; i < j[0].length; i++) {
      a += j[0][i] * j[0][i];
      b += j[0][i] * j[1][i];
      d += j[1][i] * j[1][i];
    }
    double determinant = a * d - b * b;
    return new double[] {
      (d * e[from] - b * e[from + 1]) / determinant, (a * e[from + 1] - b * e[from]) / determinant
    };
  }

  /** The damping of a wide μP network follows J Jᵀ ~ 1/m: λ′/m, and λ′ under NTK. */
  @Test
  void dampingFollowsTheWidth() {
    for (Scheme scheme : Scheme.values()) {
      Parameterization scaling =
          Parameterization.relative(
              scheme, 2, new GaussNewtonTargets(0, 1).creditRule(), StepClass.SGD_LIKE);
      double expected = scheme == Scheme.MUP ? 0.3 / 4 : 0.3;
      assertThat(scaling.outputDamping(0.3, new Size(8, 0))).as(scheme.word()).isEqualTo(expected);
    }
  }

  /** Weights of multiplier 1/√m give the same targets as the same effective weights. */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void multipliersEnterOnce(String backendName) {
    NetworkSpec spec = RuleFixture.spec(Activation.TANH, false, 3, 8, 8, 8, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture standard = scaled(backend, spec, Scheme.SP);
        RuleFixture tangent = scaled(backend, spec, Scheme.NTK)) {
      TargetStep one = (TargetStep) standard.step();
      TargetStep other = (TargetStep) tangent.step();
      for (int l = 1; l <= 4; l++) {
        // Rounding of float64, amplified by the inverse.
        Oracle.relativelyClose(
            other.displacement(l), one.displacement(l), 1e-11, "D of layer " + l);
      }
    }
  }

  private static RuleFixture scaled(Backend backend, NetworkSpec spec, Scheme scheme) {
    GaussNewtonTargets rule = new GaussNewtonTargets(0.1, 1);
    Parameterization scaling =
        Parameterization.relative(scheme, 2, rule.creditRule(), StepClass.SGD_LIKE);
    return RuleFixture.scaled(backend, spec, scaling, new Optimizer.Sgd(), Loss.MSE, BATCH, 9)
        .rule(rule)
        .drawBatch(3)
        .gradients();
  }

  @Test
  void exactTargetsNeedAsManyUnitsAsOutputs() {
    NetworkSpec narrow = RuleFixture.spec(Activation.TANH, false, 3, 5, 2, 4);
    try (Backend backend = RuleFixture.open("reference", Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, narrow, Loss.MSE, BATCH)) {
      assertThatExceptionOfType(BadInputException.class)
          .isThrownBy(() -> fixture.rule(new GaussNewtonTargets(0, 1)))
          .withMessageContaining("gnt.damping 0")
          .withMessageContaining("2 units")
          .withMessageContaining("4 outputs");
    }
  }

  /** Dead rectifiers leave J = 0. */
  @ParameterizedTest
  @MethodSource("lemniscate.rule.RuleFixture#backends")
  void singularJacobianIsNamed(String backendName) {
    NetworkSpec spec = RuleFixture.spec(Activation.RELU, true, 3, 5, 4, 2);
    try (Backend backend = RuleFixture.open(backendName, Precision.FP64);
        RuleFixture fixture = RuleFixture.plain(backend, spec, Loss.MSE, BATCH)) {
      fixture.rule(new GaussNewtonTargets(0, 1)).drawBatch(3);
      backend.run(ops -> ops.fill(fixture.network().layer(2).requireBias().value(), -100));
      assertThatExceptionOfType(BadInputException.class)
          .isThrownBy(fixture::gradients)
          .withMessageContaining("layer 1")
          .withMessageContaining("condition number")
          .withMessageContaining("gnt.damping");
    }
  }
}
