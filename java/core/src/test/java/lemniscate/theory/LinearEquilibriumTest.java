package lemniscate.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.random.NormalStream;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.LUDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Invariant V8 and the closed form itself, on random networks of odd sizes. */
final class LinearEquilibriumTest {

  /** Sums of at most a few dozen terms of order 1, one solve of a well-conditioned 3 × 3 system. */
  private static final double TOLERANCE = 1e-12;

  private static RealMatrix random(long seed, long stream, int rows, int columns) {
    RealMatrix matrix = MatrixUtils.createRealMatrix(rows, columns);
    NormalStream normals = new NormalStream(seed, stream);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        matrix.setEntry(i, j, normals.normal((long) i * columns + j) / Math.sqrt(columns));
      }
    }
    return matrix;
  }

  private static LinearEquilibrium random(long seed, List<Double> precisions, Integer... widths) {
    List<RealMatrix> weights = new ArrayList<>();
    List<RealVector> biases = new ArrayList<>();
    for (int l = 1; l < widths.length; l++) {
      weights.add(random(seed, l, widths[l], widths[l - 1]));
      biases.add(random(seed, 20 + l, 1, widths[l]).getRowVector(0));
    }
    return LinearEquilibrium.solve(
        weights,
        biases,
        random(seed, 40, 5, widths[0]).scalarMultiply(2),
        random(seed, 41, 5, widths[widths.length - 1]).scalarMultiply(2),
        precisions);
  }

  /** One unit per layer: W = (2, 3), x = 1, y = 7, γ = (1, 1): C = 9, r = 1, e_2 = 0.1. */
  @Test
  void scalarNetworkByHand() {
    LinearEquilibrium found =
        LinearEquilibrium.solve(
            List.of(scalar(2), scalar(3)), List.of(), scalar(1), scalar(7), List.of(1.0, 1.0));
    assertThat(found.preconditioner().getEntry(0, 0)).isEqualTo(9);
    assertThat(found.residualCovariance().getEntry(0, 0)).isEqualTo(10);
    assertThat(found.error(2).getEntry(0, 0)).isCloseTo(0.1, within(TOLERANCE));
    assertThat(found.error(1).getEntry(0, 0)).isCloseTo(0.3, within(TOLERANCE));
    assertThat(found.state(1).getEntry(0, 0)).isCloseTo(2.3, within(TOLERANCE));
    assertThat(found.energy()).isCloseTo(0.05, within(TOLERANCE));
    assertThat(found.feedForwardEnergy()).isEqualTo(0.5);
    assertThat(found.weightGradient(2).getEntry(0, 0)).isCloseTo(-0.23, within(TOLERANCE));
    assertThat(found.biasGradient(1).getEntry(0)).isCloseTo(-0.3, within(TOLERANCE));
  }

  private static RealMatrix scalar(double value) {
    return MatrixUtils.createRealMatrix(new double[][] {{value}});
  }

  /** V8: F ≤ γ_L · loss; S symmetric and positive; and F = ½ Σ rᵀ S⁻¹ r with S from outside. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void energyIsBelowTheLossAndCovarianceIsPositive(long seed) {
    LinearEquilibrium found = random(seed, List.of(0.8, 1.3, 0.6, 2.1), 7, 5, 9, 4, 3);
    assertThat(found.energy()).isPositive().isLessThan(found.feedForwardEnergy());
    RealMatrix s = found.residualCovariance();
    assertThat(s.subtract(s.transpose()).getNorm()).isLessThanOrEqualTo(TOLERANCE);
    // Throws unless positive definite; 1/γ_L bounds the eigenvalues from below.
    assertThat(new CholeskyDecomposition(s).getDeterminant())
        .isGreaterThanOrEqualTo(Math.pow(1 / 2.1, 3) * (1 - TOLERANCE));
  }

  /** The states solve what defines them: γ_l e_l = W_{l+1}ᵀ γ_{l+1} e_{l+1}, and e_L is y − W v. */
  @Test
  void statesAreAtRest() {
    List<Double> gamma = List.of(0.8, 1.3, 0.6, 2.1);
    LinearEquilibrium found = random(6, gamma, 7, 5, 9, 4, 3);
    for (int l = 1; l < 4; l++) {
      Integer[] widths = {7, 5, 9, 4, 3};
      RealMatrix above = random(6, l + 1, widths[l + 1], widths[l]);
      RealMatrix rest =
          found
              .error(l)
              .scalarMultiply(gamma.get(l - 1))
              .subtract(found.error(l + 1).multiply(above).scalarMultiply(gamma.get(l)));
      assertThat(rest.getNorm()).as("gradient of layer %d", l).isLessThanOrEqualTo(TOLERANCE);
    }
    RealMatrix output = found.state(3).multiply(random(6, 4, 3, 4).transpose());
    RealMatrix target = random(6, 41, 5, 3).scalarMultiply(2);
    RealVector bias = random(6, 24, 1, 3).getRowVector(0);
    for (int example = 0; example < 5; example++) {
      RealVector error =
          target.getRowVector(example).subtract(output.getRowVector(example)).subtract(bias);
      assertThat(error.subtract(found.error(4).getRowVector(example)).getNorm())
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  /** V8: with one hidden layer e_1 = Wᵀ(W Wᵀ + λI)⁻¹ r, the Gauss-Newton target, λ = γ_1/γ_L. */
  @Test
  void oneHiddenLayerIsADampedGaussNewtonTarget() {
    double lambda = 0.7 / 2.9;
    LinearEquilibrium found = random(8, List.of(0.7, 2.9), 4, 6, 3);
    RealMatrix w1 = random(8, 1, 6, 4);
    RealMatrix w2 = random(8, 2, 3, 6);
    RealMatrix damped =
        w2.multiply(w2.transpose())
            .add(MatrixUtils.createRealIdentityMatrix(3).scalarMultiply(lambda));
    for (int example = 0; example < 5; example++) {
      RealVector hidden =
          w1.operate(random(8, 40, 5, 4).scalarMultiply(2).getRowVector(example))
              .add(random(8, 21, 1, 6).getRowVector(0));
      RealVector residual =
          random(8, 41, 5, 3)
              .scalarMultiply(2)
              .getRowVector(example)
              .subtract(w2.operate(hidden))
              .subtract(random(8, 22, 1, 3).getRowVector(0));
      RealVector expected =
          w2.transpose().operate(new LUDecomposition(damped).getSolver().solve(residual));
      assertThat(expected.subtract(found.error(1).getRowVector(example)).getNorm())
          .isLessThanOrEqualTo(TOLERANCE);
    }
  }

  @Test
  void refusesUnequalNumbersOfLayers() {
    assertThatThrownBy(
            () ->
                LinearEquilibrium.solve(
                    List.of(scalar(1), scalar(1)), List.of(), scalar(1), scalar(1), List.of(1.0)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("2 weights")
        .hasMessageContaining("1 precisions");
    assertThatThrownBy(
            () ->
                LinearEquilibrium.solve(
                    List.of(scalar(1), scalar(1)),
                    List.of(),
                    scalar(1),
                    scalar(1),
                    List.of(1.0, 0.0)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("0.0");
  }
}
