package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Passes of predictive coding in displacement form: states are stored as D = v − h, the move away
 * from the feed-forward pass, so that prediction errors of order 1/width keep their relative
 * precision.
 */
public interface PcPasses {

  /** The recording that the defaults write to. */
  Operations operations();

  /**
   * error = D − [φ(u + z) − φ(u)] and gated = error ∘ φ′(u + z): the prediction error of a layer
   * whose own state moved by D and whose input moved its pre-activation by z.
   *
   * @param u pre-activation of the feed-forward pass; shape of all operands (batch, width)
   * @param h φ(u)
   * @param z shift of the pre-activation
   * @param displacement D
   * @param error overwritten
   * @param gated overwritten
   */
  default void predictionError(
      Activation activation,
      Tensor u,
      Tensor h,
      Tensor z,
      Tensor displacement,
      Tensor error,
      Tensor gated) {
    operations().activationDifference(activation, u, h, z, error, gated);
    operations().scale(-1, error);
    operations().axpy(1, displacement, error);
    operations().multiply(error, gated);
  }

  /**
   * back = precision · error − gate ∘ back: the free-energy gradient of a state, in place of the
   * back-projection.
   *
   * @param error prediction error of the layer
   * @param gate factor of the back-projection, or null for 1
   * @param back on entry what the layer above sends down; on exit the gradient
   */
  default void stateGradient(double precision, Tensor error, @Nullable Tensor gate, Tensor back) {
    if (gate != null) {
      operations().multiply(gate, back);
    }
    operations().scale(-1, back);
    operations().axpy(precision, error, back);
  }

  /**
   * D = D − rate · (precision · error − gate ∘ back): one explicit Euler step down the free energy.
   *
   * @param displacement D, updated in place
   * @param error prediction error of the layer; may be the same tensor as {@code displacement}
   * @param gate factor of the back-projection, or null for 1
   * @param back what the layer above sends down; undefined afterwards
   * @param rate scalar
   */
  default void relaxState(
      double precision,
      Tensor error,
      @Nullable Tensor gate,
      Tensor back,
      Tensor rate,
      Tensor displacement) {
    stateGradient(precision, error, gate, back);
    operations().axpy(-1, rate, back, displacement);
  }

  /**
   * error = error − rate · (precision · error − back), gated = error ∘ derivative: one step of the
   * errors alone, under the fixed-prediction assumption.
   *
   * @param back what the layer above sends down; undefined afterwards
   * @param derivative φ′ at the feed-forward pass
   * @param rate scalar
   * @param error updated in place
   * @param gated overwritten
   */
  default void relaxError(
      double precision, Tensor back, Tensor derivative, Tensor rate, Tensor error, Tensor gated) {
    relaxState(precision, error, null, back, rate, error);
    operations().copy(error, gated);
    operations().multiply(derivative, gated);
  }
}
