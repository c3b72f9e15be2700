package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** The typed way to write a {@link StandardizationOperation}. */
@FunctionalInterface
public interface StandardizationPasses {

  /** Enqueues an operation. */
  void add(StandardizationOperation operation);

  /** {@link StandardizationOperation.Standardize}. */
  default void standardize(
      boolean centred, double epsilon, Tensor x, Tensor normal, Tensor deviation) {
    add(new StandardizationOperation.Standardize(centred, epsilon, x, normal, deviation));
  }

  /** {@link StandardizationOperation.StandardizedDifference}. */
  default void difference(
      boolean centred,
      Tensor normal,
      Tensor deviation,
      Tensor z,
      Tensor difference,
      Tensor movedDeviation) {
    add(
        new StandardizationOperation.StandardizedDifference(
            centred, normal, deviation, z, difference, movedDeviation));
  }

  /** {@link StandardizationOperation.StandardizeBack}. */
  default void back(boolean centred, Tensor normal, Tensor deviation, Tensor d, Tensor back) {
    add(new StandardizationOperation.StandardizeBack(centred, normal, deviation, d, back));
  }
}
