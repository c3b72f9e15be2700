package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** The typed way to write a {@link GoodnessOperation}. */
@FunctionalInterface
public interface GoodnessPasses {

  /**
   * Addend to a length, as a fraction of the length that is asked for: rows of zeros stay zeros.
   */
  double LENGTH_EPSILON = 1e-8;

  /** Enqueues an operation. */
  void add(GoodnessOperation operation);

  /** {@link GoodnessOperation.Embed}. */
  default void embed(Tensor labels, Tensor x) {
    add(new GoodnessOperation.Embed(labels, x));
  }

  /** {@link GoodnessOperation.Normalize}. */
  default void normalize(double length, Tensor x, Tensor normalized) {
    add(new GoodnessOperation.Normalize(length, x, normalized));
  }

  /** {@link GoodnessOperation.Measure}. */
  default void measure(double factor, Tensor h, boolean accumulate, Tensor goodness) {
    add(new GoodnessOperation.Measure(factor, h, accumulate, goodness));
  }

  /** {@link GoodnessOperation.Contrast}. */
  default void contrast(
      double factor, double threshold, Tensor h, Tensor displacement, Tensor total) {
    add(new GoodnessOperation.Contrast(factor, threshold, h, displacement, total));
  }
}
