package lemniscate.backend;

import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Passes of one dense layer u = h₋W ᵀ + b, h = φ(u). */
public interface LayerPasses {

  /** The recording that the defaults write to. */
  Operations operations();

  /**
   * u = u + bias (where there is one), h = φ(u).
   *
   * @param u product of input and weight, updated in place; shape (batch, width)
   * @param bias shape (1, width), or null
   * @param h overwritten
   */
  default void activate(Activation activation, Tensor u, @Nullable Tensor bias, Tensor h) {
    if (bias != null) {
      operations().addRow(bias, u);
    }
    operations().activation(activation, u, h);
  }

  /**
   * gated = displacement ∘ φ′(u): the local displacement seen from the layer's input side.
   *
   * @param h φ(u)
   * @param gated overwritten
   */
  default void gate(Activation activation, Tensor u, Tensor h, Tensor displacement, Tensor gated) {
    operations().activationDerivative(activation, u, h, gated);
    operations().multiply(displacement, gated);
  }
}
