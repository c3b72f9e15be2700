package lemniscate.backend;

import lemniscate.tensor.Tensor;

/**
 * Passes of Forward-Forward learning: a label in the place of the first features, inputs of one
 * length, and the goodness of a layer, the sum of its squared activities. None has a default in
 * primitives.
 */
public interface GoodnessPasses {

  /**
   * Addend to a length, as a fraction of the length that is asked for: rows of zeros stay zeros.
   */
  double LENGTH_EPSILON = 1e-8;

  /**
   * x[b, c] = labels[b, c] for c below the number of classes; what lies right of it stays.
   *
   * @param labels shape (batch, classes)
   * @param x shape (batch, features), features at least classes
   */
  void embed(Tensor labels, Tensor x);

  /**
   * normalized[b, :] = length · x[b, :] / (‖x[b, :]‖ + {@value #LENGTH_EPSILON} · length), with the
   * Euclidean norm summed in float64.
   *
   * @param length positive
   * @param normalized same shape; may be the same tensor as x
   */
  void normalize(double length, Tensor x, Tensor normalized);

  /**
   * goodness[b] = (accumulate ? goodness[b] : 0) + factor · Σ_j h[b, j]².
   *
   * @param h shape (batch, width)
   * @param goodness shape (batch, 1)
   */
  void measure(double factor, Tensor h, boolean accumulate, Tensor goodness);

  /**
   * Drives the goodness of positive rows, the first half, above a threshold and that of negative
   * rows, the second half, below it. With g = factor · Σ_j h[b, j]² − threshold, p = 1/(1 + e^−g)
   * and y = 1 for a positive row, 0 for a negative one:
   *
   * <p>displacement[b, :] = 2 (y − p) h[b, :], and total = Σ_b −log(y p + (1 − y)(1 − p)), summed
   * in float64 in the order of the rows.
   *
   * @param h shape (2 · pairs, width)
   * @param displacement same shape, overwritten
   * @param total scalar, overwritten
   */
  void contrast(double factor, double threshold, Tensor h, Tensor displacement, Tensor total);
}
