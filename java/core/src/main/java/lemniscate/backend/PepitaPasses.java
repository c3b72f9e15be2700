package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** The typed way to write a {@link PepitaOperation}. */
@FunctionalInterface
public interface PepitaPasses {

  /** Enqueues an operation. */
  void add(PepitaOperation operation);

  /** {@link PepitaOperation.Normalize}. */
  default void normalize(boolean perRow, double norm, Tensor x, Tensor y) {
    add(new PepitaOperation.Normalize(perRow, norm, x, y));
  }

  /** {@link PepitaOperation.NormalizedDifference}. */
  default void normalizedDifference(boolean perRow, double norm, Tensor x, Tensor difference) {
    add(new PepitaOperation.NormalizedDifference(perRow, norm, x, difference));
  }

  /** {@link PepitaOperation.Sign}. */
  default void sign(Tensor x, Tensor y) {
    add(new PepitaOperation.Sign(x, y));
  }

  /** {@link PepitaOperation.Centre}. */
  default void centre(Tensor x) {
    add(new PepitaOperation.Centre(x));
  }

  /** {@link PepitaOperation.Rescale}. */
  default void rescale(double deviation, double exponent, Tensor reference, Tensor x) {
    add(new PepitaOperation.Rescale(deviation, exponent, reference, x));
  }
}
