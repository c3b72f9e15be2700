package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The typed way to write a {@link PcOperation}. */
@FunctionalInterface
public interface PcPasses {

  /** Enqueues an operation. */
  void add(PcOperation operation);

  /** {@link PcOperation.PredictionError}. */
  default void predictionError(
      Activation activation,
      Tensor u,
      Tensor h,
      Tensor z,
      Tensor displacement,
      Tensor error,
      Tensor gated) {
    add(new PcOperation.PredictionError(activation, u, h, z, displacement, error, gated));
  }

  /** {@link PcOperation.StateGradient}. */
  default void stateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
    add(new PcOperation.StateGradient(precision, error, gate, back));
  }

  /** {@link PcOperation.RelaxState}. */
  default void relaxState(
      double precision,
      Tensor error,
      @Nullable Tensor gate,
      Tensor back,
      Tensor rate,
      Tensor displacement) {
    add(new PcOperation.RelaxState(precision, error, gate, back, rate, displacement));
  }

  /** {@link PcOperation.RelaxError}. */
  default void relaxError(
      double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
    add(new PcOperation.RelaxError(precision, back, derivative, rate, error, gated));
  }
}
