package lemniscate.backend;

import java.util.Arrays;

/**
 * A = L Lᵀ of a small symmetric matrix on the Java heap, row by row, in double precision: for
 * backends without a factorisation of their own.
 */
public final class Cholesky {

  private final double[][] lower;
  private final double condition;

  private Cholesky(double[][] lower, double condition) {
    this.lower = lower;
    this.condition = condition;
  }

  /**
   * Factors in place.
   *
   * @param matrix square, of which the lower triangle is read and becomes L; filled with NaN where
   *     there is none
   * @param damping added to the diagonal
   */
  public static Cholesky of(double[][] matrix, double damping) {
    double least = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (int i = 0; i < matrix.length; i++) {
      matrix[i][i] += damping;
      for (int j = 0; j <= i; j++) {
        for (int k = 0; k < j; k++) {
          matrix[i][j] -= matrix[i][k] * matrix[j][k];
        }
        if (j < i) {
          matrix[i][j] /= matrix[j][j];
        }
      }
      double pivot = matrix[i][i];
      if (!(pivot > 0)) {
        for (double[] row : matrix) {
          Arrays.fill(row, Double.NaN);
        }
        return new Cholesky(matrix, Double.isFinite(pivot) ? Double.POSITIVE_INFINITY : Double.NaN);
      }
      matrix[i][i] = Math.sqrt(pivot);
      least = Math.min(least, matrix[i][i]);
      largest = Math.max(largest, matrix[i][i]);
    }
    double ratio = largest / least;
    return new Cholesky(matrix, ratio * ratio);
  }

  /**
   * L as it is, to solve with.
   *
   * @param lower square; what lies above the diagonal is not read
   */
  public static Cholesky ofFactor(double[][] lower) {
    return new Cholesky(lower, 0);
  }

  /**
   * (max L_ii / min L_ii)²; infinite where A is not positive definite, NaN where it is not finite.
   */
  public double condition() {
    return condition;
  }

  /** x = A⁻¹ x, in place: L z = x, then Lᵀ y = z. */
  public void solve(double[] x) {
    for (int i = 0; i < x.length; i++) {
      for (int k = 0; k < i; k++) {
        x[i] -= lower[i][k] * x[k];
      }
      x[i] /= lower[i][i];
    }
    for (int i = x.length - 1; i >= 0; i--) {
      for (int k = i + 1; k < x.length; k++) {
        x[i] -= lower[k][i] * x[k];
      }
      x[i] /= lower[i][i];
    }
  }
}
