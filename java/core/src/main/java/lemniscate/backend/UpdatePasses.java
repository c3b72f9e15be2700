package lemniscate.backend;

import lemniscate.tensor.Tensor;

/** The typed way to write an {@link UpdateOperation}. */
@FunctionalInterface
public interface UpdatePasses {

  /** Enqueues an operation. */
  void add(UpdateOperation operation);

  /** {@link UpdateOperation.Advance}. */
  default void advance(Tensor counter) {
    add(new UpdateOperation.Advance(counter));
  }

  /** {@link UpdateOperation.Sgd}. */
  default void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight) {
    add(new UpdateOperation.Sgd(gradient, rate, rateFactor, decay, weight));
  }

  /** {@link UpdateOperation.Momentum}. */
  default void momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight) {
    add(
        new UpdateOperation.Momentum(
            gradient, rate, rateFactor, decay, momentum, velocity, weight));
  }

  /** {@link UpdateOperation.Adam}. */
  default void adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight) {
    add(
        new UpdateOperation.Adam(
            gradient,
            rate,
            rateFactor,
            decay,
            coefficients,
            counter,
            firstMoment,
            secondMoment,
            weight));
  }

  /**
   * Coefficients of {@link UpdateOperation.Adam}.
   *
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment, positive
   */
  record AdamCoefficients(double beta1, double beta2, double epsilon) {}
}
