package lemniscate.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.golden.Golden;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Closed forms against the golden vectors, and invariants V8 and V10. */
final class OutputJacobiansTest {

  /** Golden vectors are written with all digits; sums of a few terms, one 2 × 2 solve. */
  private static final double TOLERANCE = 1e-12;

  private static final String LINEAR = "linear_3_5_4_2";
  private static final String TANH = "tanh_3_5_4_2";

  private final Golden golden = Golden.load();

  private static RealMatrix matrix(double[][] rows) {
    return MatrixUtils.createRealMatrix(rows);
  }

  private List<RealMatrix> matrices(String... path) {
    return golden.layers(path).stream().map(OutputJacobiansTest::matrix).toList();
  }

  private static void close(RealMatrix found, RealMatrix expected, String what) {
    assertThat(found.subtract(expected).getNorm()).as(what).isLessThanOrEqualTo(TOLERANCE);
  }

  private List<RealMatrix> tanhDerivatives() {
    List<RealMatrix> derivatives = new ArrayList<>();
    for (RealMatrix h : matrices(TANH, "forward", "h").subList(0, 2)) {
      double[][] values = h.getData();
      for (double[] row : values) {
        Arrays.setAll(row, i -> 1 - row[i] * row[i]);
      }
      derivatives.add(matrix(values));
    }
    return derivatives;
  }

  private OutputJacobians of(String net) {
    return OutputJacobians.of(
        matrices(net, "net", "W"), net.equals(LINEAR) ? List.of() : tanhDerivatives());
  }

  private RealMatrix outputError(String net) {
    List<RealMatrix> delta = matrices(net, net.equals(LINEAR) ? "bp" : "bp_mse", "delta");
    return delta.getLast();
  }

  @ParameterizedTest
  @CsvSource({LINEAR + ", gnt_lam0, 0", TANH + ", gnt_lam0, 0", TANH + ", gnt_lam0.1, 0.1"})
  void targetsAreTheGoldenOnes(String net, String entry, double damping) {
    List<RealMatrix> targets = matrices(net, entry, "dh");
    List<RealMatrix> gradients = matrices(net, entry, "gradW");
    RealMatrix error = outputError(net);
    for (int l = 1; l <= 3; l++) {
      close(of(net).gaussNewtonTargets(l, error, damping), targets.get(l - 1), "dh" + l);
      close(
          of(net).gaussNewtonGradient(l, error, activities(net).get(l - 1), damping),
          gradients.get(l - 1),
          "gradW" + l);
    }
  }

  /** h_0 … h_{L−1}. */
  private List<RealMatrix> activities(String net) {
    List<RealMatrix> activities = new ArrayList<>();
    activities.add(matrix(golden.matrix(net, "net", "X")));
    if (!net.equals(LINEAR)) {
      activities.addAll(matrices(net, "forward", "h"));
      return activities;
    }
    List<RealMatrix> weights = matrices(net, "net", "W");
    for (int l = 1; l < 3; l++) {
      RealMatrix u = activities.getLast().multiply(weights.get(l - 1).transpose());
      RealVector bias =
          MatrixUtils.createRealVector(golden.layerVectors(net, "net", "b").get(l - 1));
      for (int row = 0; row < u.getRowDimension(); row++) {
        u.setRowVector(row, u.getRowVector(row).add(bias));
      }
      activities.add(u);
    }
    return activities;
  }

  /** V10: without damping every layer alone moves the linearised output by the whole error. */
  @ParameterizedTest
  @CsvSource({LINEAR, TANH})
  void undampedTargetsRemoveTheError(String net) {
    RealMatrix error = outputError(net);
    OutputJacobians jacobians = of(net);
    for (int l = 1; l <= 2; l++) {
      RealMatrix move = jacobians.gaussNewtonTargets(l, error, 0);
      for (int example = 0; example < 3; example++) {
        RealVector moved = jacobians.jacobian(l, example).operate(move.getRowVector(example));
        assertThat(moved.subtract(error.getRowVector(example)).getNorm())
            .as("layer %d, example %d", l, example)
            .isLessThanOrEqualTo(TOLERANCE);
      }
    }
  }

  /** J_l^T e_L is what backpropagation brings down. */
  @ParameterizedTest
  @CsvSource({LINEAR + ", bp", TANH + ", bp_mse"})
  void transposedJacobiansPropagateBack(String net, String entry) {
    List<RealMatrix> delta = matrices(net, entry, "delta");
    for (int l = 1; l <= 2; l++) {
      for (int example = 0; example < 3; example++) {
        RealVector expected = delta.get(l - 1).getRowVector(example);
        RealVector found =
            of(net).jacobian(l, example).preMultiply(outputError(net).getRowVector(example));
        assertThat(found.subtract(expected).getNorm()).isLessThanOrEqualTo(TOLERANCE);
      }
    }
  }

  @Test
  void preconditionerIsTheGoldenOne() {
    List<Double> gamma = Arrays.stream(golden.vector(LINEAR, "net", "gamma")).boxed().toList();
    close(
        of(LINEAR).preconditioner(2, gamma),
        matrix(golden.matrix(LINEAR, "equilibrium", "C_gamma")),
        "C");
  }

  /** One unit a layer: J_1 = 3 φ′ = 1.5, C = 2 (1.5² + 3²/4) with γ = (1, 4, 2). */
  @Test
  void scalarNetworkByHand() {
    OutputJacobians found =
        OutputJacobians.of(
            List.of(scalar(7), scalar(1), scalar(3)), List.of(scalar(9), scalar(0.5)));
    assertThat(found.jacobian(2, 0).getEntry(0, 0)).isEqualTo(3);
    assertThat(found.jacobian(1, 0).getEntry(0, 0)).isEqualTo(1.5);
    assertThat(found.preconditioner(0, List.of(1.0, 4.0, 2.0)).getEntry(0, 0)).isEqualTo(9);
    // 1.5 · 1 / (2.25 + 0.75)
    assertThat(found.gaussNewtonTargets(1, scalar(1), 0.75).getEntry(0, 0)).isEqualTo(0.5);
  }

  private static RealMatrix scalar(double value) {
    return matrix(new double[][] {{value}});
  }

  @Test
  void refusesWhatHasNoTargets() {
    OutputJacobians narrow =
        OutputJacobians.of(
            List.of(matrix(new double[][] {{1}}), matrix(new double[][] {{1}, {2}})), List.of());
    assertThatThrownBy(() -> narrow.gaussNewtonTargets(1, matrix(new double[][] {{1, 1}}), 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("1 units cannot move 2 outputs");
    assertThat(narrow.gaussNewtonTargets(1, matrix(new double[][] {{1, 1}}), 0.1).getEntry(0, 0))
        .isFinite();
    assertThatThrownBy(() -> OutputJacobians.of(List.of(scalar(1)), List.of()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("1 weights");
    assertThatThrownBy(
            () -> OutputJacobians.of(List.of(scalar(1), scalar(1)), List.of(scalar(1), scalar(1))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("2 derivatives");
  }

  /** The closed form of the equilibrium against the golden vectors. */
  @Test
  void equilibriumIsTheGoldenOne() {
    LinearEquilibrium found = goldenEquilibrium(golden);
    close(
        found.preconditioner(), matrix(golden.matrix(LINEAR, "equilibrium", "C_gamma")), "C_gamma");
    close(found.residualCovariance(), matrix(golden.matrix(LINEAR, "equilibrium", "S")), "S");
    assertThat(found.energy())
        .isCloseTo(golden.number(LINEAR, "equilibrium", "F"), within(TOLERANCE));
    List<RealMatrix> e = matrices(LINEAR, "equilibrium", "e");
    List<RealMatrix> gradW = matrices(LINEAR, "equilibrium", "gradW");
    for (int l = 1; l <= 3; l++) {
      close(found.error(l), e.get(l - 1), "e" + l);
      close(found.weightGradient(l), gradW.get(l - 1), "gradW" + l);
      assertThat(
              found
                  .biasGradient(l)
                  .subtract(
                      MatrixUtils.createRealVector(
                          golden.layerVectors(LINEAR, "equilibrium", "gradb").get(l - 1)))
                  .getNorm())
          .isLessThanOrEqualTo(TOLERANCE);
    }
    List<RealMatrix> v = matrices(LINEAR, "equilibrium", "v");
    for (int l = 1; l <= 2; l++) {
      close(found.state(l), v.get(l - 1), "v" + l);
    }
  }

  private static LinearEquilibrium goldenEquilibrium(Golden golden) {
    return LinearEquilibrium.solve(
        golden.layers(LINEAR, "net", "W").stream().map(OutputJacobiansTest::matrix).toList(),
        golden.layerVectors(LINEAR, "net", "b").stream()
            .map(MatrixUtils::createRealVector)
            .toList(),
        matrix(golden.matrix(LINEAR, "net", "X")),
        matrix(golden.matrix(LINEAR, "net", "Y")),
        Arrays.stream(golden.vector(LINEAR, "net", "gamma")).boxed().toList());
  }
}
