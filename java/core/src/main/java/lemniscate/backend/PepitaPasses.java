package lemniscate.backend;

import lemniscate.tensor.Tensor;

/**
 * Passes of forward-only learning: activities of fixed norm, and weights that mirror others. Sums
 * are taken in float64 in a fixed order, so that a result does not depend on the number of threads.
 */
public interface PepitaPasses {

  /**
   * y = norm · x / ‖x‖ with the norm of the whole matrix, or row by row with that of the row; 0
   * where x is 0.
   *
   * @param perRow whether each row is divided by its own norm
   * @param norm of the result, positive
   * @param y overwritten
   */
  void normalize(boolean perRow, double norm, Tensor x, Tensor y);

  /**
   * difference = n(x + difference) − n(x), where n is {@link #normalize}: with r = ‖x‖ and r̃ = ‖x
   * + d‖ it is norm · (d − x c/r)/r̃ for c = r̃ − r = Σ d (2x + d)/(r + r̃), which does not cancel.
   *
   * @param difference d on entry
   */
  void normalizedDifference(boolean perRow, double norm, Tensor x, Tensor difference);

  /**
   * y = −1, 0 or 1 as x is below, at or above 0.
   *
   * @param y overwritten
   */
  void sign(Tensor x, Tensor y);

  /** x = x − the mean of all its elements. */
  void centre(Tensor x);

  /**
   * x = x · (deviation / s)^exponent, where s is the standard deviation of all elements of the
   * reference around their mean; x stays as it is where s is 0.
   *
   * @param deviation positive
   * @param x may be the same tensor as the reference
   */
  void rescale(double deviation, double exponent, Tensor reference, Tensor x);
}
