package lemniscate.theory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegrator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.apache.commons.math3.linear.CholeskyDecomposition;
import org.apache.commons.math3.linear.MatrixUtils;
import org.apache.commons.math3.linear.RealMatrix;
import org.junit.jupiter.api.Test;

/** The averages against values by hand and Gauss-Hermite quadrature over all fields. */
final class ErfAveragesTest {

  // Points in each direction leave an error of about ((variance)/(1 + variance)) to their number.
  private static final double QUADRATURE = 1e-8;

  // Weights exp(−t²): a standard normal is √2 t.
  private static final GaussIntegrator RULE = new GaussIntegratorFactory().hermite(16);

  /** Four fields, all entries different, so that no two indices can be exchanged unseen. */
  private static final double[][] C = {
    {0.23, 0.05, -0.09, 0.03},
    {0.05, 0.18, 0.04, 0.11},
    {-0.09, 0.04, 0.30, -0.06},
    {0.03, 0.11, -0.06, 0.14}
  };

  private final ErfAverages averages = new ErfAverages(C);

  @Test
  void valuesByHand() {
    ErfAverages one = new ErfAverages(new double[][] {{1}});
    // asin(1/2) = π/6.
    assertThat(one.product(0, 0)).isCloseTo(1.0 / 3, within(1e-15));
    // √(2/π)/√2.
    assertThat(one.slopeOf(0)).isCloseTo(1 / Math.sqrt(Math.PI), within(1e-15));
    // (2/π)/√(4 − 1).
    assertThat(one.slopesOf(0, 0)).isCloseTo(2 / Math.PI / Math.sqrt(3), within(1e-15));
    // ⟨x g(x) g′(x)⟩ = ⟨g′² − x g′·x … by parts⟩: (2/π)·1/(2√3).
    assertThat(one.slopeFieldProduct(0, 0, 0))
        .isCloseTo(1 / (Math.PI * Math.sqrt(3)), within(1e-15));
    // Fields without any spread are 0: g = 0, g′ = √(2/π).
    ErfAverages none = new ErfAverages(new double[2][2]);
    assertThat(none.slopesOf(0, 1)).isCloseTo(2 / Math.PI, within(1e-15));
    assertThat(none.product(0, 1)).isZero();
  }

  @Test
  void functionsAreThoseOfTheQuadrature() {
    // erf(1/√2) is the mass of a normal within one standard deviation.
    assertThat(ErfAverages.g(1)).isCloseTo(0.682689492137086, within(1e-14));
    double h = 1e-6;
    // Central differences: h² and rounding over h.
    assertThat((ErfAverages.g(0.7 + h) - ErfAverages.g(0.7 - h)) / (2 * h))
        .isCloseTo(ErfAverages.slope(0.7), within(1e-9));
  }

  @Test
  void pairsAgreeWithQuadrature() {
    for (int i = 0; i < 4; i++) {
      check(averages.slopeOf(i), x -> ErfAverages.slope(x[0]), i);
      for (int j = 0; j < 4; j++) {
        check(averages.product(i, j), x -> ErfAverages.g(x[0]) * ErfAverages.g(x[1]), i, j);
        check(
            averages.slopesOf(i, j), x -> ErfAverages.slope(x[0]) * ErfAverages.slope(x[1]), i, j);
      }
    }
  }

  @Test
  void triplesAgreeWithQuadrature() {
    int[][] triples = {{0, 1, 2}, {2, 0, 3}, {1, 3, 3}, {3, 3, 1}, {2, 1, 2}, {0, 0, 0}};
    for (int[] t : triples) {
      check(
          averages.slopeFieldProduct(t[0], t[1], t[2]),
          x -> ErfAverages.slope(x[0]) * x[1] * ErfAverages.g(x[2]),
          t);
      check(
          averages.slopeProduct(t[0], t[1], t[2]),
          x -> ErfAverages.slope(x[0]) * ErfAverages.g(x[1]) * ErfAverages.g(x[2]),
          t);
    }
  }

  @Test
  void quadruplesAgreeWithQuadrature() {
    int[][] quadruples = {{0, 1, 2, 3}, {3, 0, 1, 2}, {0, 0, 1, 3}, {0, 1, 0, 2}, {2, 3, 3, 3}};
    for (int[] q : quadruples) {
      check(
          averages.slopesProduct(q[0], q[1], q[2], q[3]),
          x ->
              ErfAverages.slope(x[0])
                  * ErfAverages.slope(x[1])
                  * ErfAverages.g(x[2])
                  * ErfAverages.g(x[3]),
          q);
    }
  }

  /** Compares with the average of a function of the fields at these indices. */
  private static void check(double found, ToDoubleFunction<double[]> function, int... indices) {
    int[] distinct = Arrays.stream(indices).distinct().toArray();
    RealMatrix sub = MatrixUtils.createRealMatrix(C).getSubMatrix(distinct, distinct);
    double[][] factor = new CholeskyDecomposition(sub).getL().getData();
    int[] place = new int[indices.length];
    for (int i = 0; i < indices.length; i++) {
      while (distinct[place[i]] != indices[i]) {
        place[i]++;
      }
    }
    double expected = integral(function, factor, place, new double[distinct.length], 0);
    assertThat(found).as(Arrays.toString(indices)).isCloseTo(expected, within(QUADRATURE));
  }

  private static double integral(
      ToDoubleFunction<double[]> function, double[][] factor, int[] place, double[] z, int depth) {
    if (depth == z.length) {
      double[] x = new double[place.length];
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j <= place[i]; j++) {
          x[i] += factor[place[i]][j] * z[j];
        }
      }
      return function.applyAsDouble(x);
    }
    double sum = 0;
    for (int p = 0; p < RULE.getNumberOfPoints(); p++) {
      z[depth] = Math.sqrt(2) * RULE.getPoint(p);
      sum += RULE.getWeight(p) * integral(function, factor, place, z, depth + 1);
    }
    return sum / Math.sqrt(Math.PI);
  }
}
