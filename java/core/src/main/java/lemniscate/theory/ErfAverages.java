package lemniscate.theory;

import org.apache.commons.math3.special.Erf;

/**
 * Averages over Gaussian fields x_0, x_1, … of mean 0 and a given covariance C, of products of g(x)
 * = erf(x/√2) and its slope g′(x) = √(2/π) exp(−x²/2): the closed forms of online learning (Saad
 * and Solla, Phys. Rev. E 52, 4225, 1995).
 *
 * <p>Weighting by g′(x_i) leaves a Gaussian of covariance c_jk = C_jk − C_ij C_ik/(1 + C_ii) and
 * mass √(2/π)/√(1 + C_ii), from which all of them follow.
 *
 * @param covariance C, symmetric and positive semi-definite; kept, not copied
 */
public record ErfAverages(double[][] covariance) {

  private static final double SLOPE = Math.sqrt(2 / Math.PI);

  /** {@return g(x), from −1 to 1} */
  public static double g(double x) {
    return Erf.erf(x / Math.sqrt(2));
  }

  /** {@return g′(x)} */
  public static double slope(double x) {
    return SLOPE * Math.exp(-x * x / 2);
  }

  /** {@return ⟨g_i g_j⟩} */
  double product(int i, int j) {
    return arcsine(covariance[i][j], 1 + covariance[i][i], 1 + covariance[j][j]);
  }

  /** {@return ⟨g′_i⟩} */
  double slopeOf(int i) {
    return SLOPE / Math.sqrt(1 + covariance[i][i]);
  }

  /** {@return ⟨g′_i g′_j⟩} */
  double slopesOf(int i, int j) {
    return 2 / Math.PI / Math.sqrt(slopesDeterminant(i, j));
  }

  /** {@return ⟨g′_i x_j g_k⟩} */
  double slopeFieldProduct(int i, int j, int k) {
    double[][] c = covariance;
    double own = 1 + c[i][i];
    double determinant = own * (1 + c[k][k]) - c[i][k] * c[i][k];
    return 2 / Math.PI * (c[j][k] * own - c[i][j] * c[i][k]) / (own * Math.sqrt(determinant));
  }

  /** {@return ⟨g′_i g_j g_k⟩} */
  double slopeProduct(int i, int j, int k) {
    return slopeOf(i) * arcsine(given(i, j, k), 1 + given(i, j, j), 1 + given(i, k, k));
  }

  /** {@return ⟨g′_i g′_j g_k g_l⟩} */
  double slopesProduct(int i, int j, int k, int l) {
    return slopesOf(i, j)
        * arcsine(given(i, j, k, l), 1 + given(i, j, k, k), 1 + given(i, j, l, l));
  }

  private double slopesDeterminant(int i, int j) {
    double[][] c = covariance;
    return (1 + c[i][i]) * (1 + c[j][j]) - c[i][j] * c[i][j];
  }

  // Covariance of x_j and x_k under the weight g′(x_i).
  private double given(int i, int j, int k) {
    double[][] c = covariance;
    return c[j][k] - c[i][j] * c[i][k] / (1 + c[i][i]);
  }

  // Covariance of x_k and x_l under the weight g′(x_i) g′(x_j).
  private double given(int i, int j, int k, int l) {
    double[][] c = covariance;
    double numerator =
        c[i][k] * c[i][l] * (1 + c[j][j])
            + c[j][k] * c[j][l] * (1 + c[i][i])
            - c[i][j] * (c[i][k] * c[j][l] + c[i][l] * c[j][k]);
    return c[k][l] - numerator / slopesDeterminant(i, j);
  }

  private static double arcsine(double covariance, double first, double second) {
    return 2 / Math.PI * Math.asin(covariance / Math.sqrt(first * second));
  }
}
