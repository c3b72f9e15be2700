package lemniscate.backend;

import lemniscate.tensor.Tensor;

/**
 * Passes of the optimisers. The step size of a parameter is {@code rateFactor · rate}: {@code
 * rate}, a scalar, follows the schedule and {@code rateFactor} comes from the parameterisation.
 * {@code decay} is decoupled (Loshchilov and Hutter, arXiv 1711.05101): w ← (1 − rateFactor · rate
 * · decay) w before the gradient's step.
 */
public interface UpdatePasses {

  /** counter = counter + 1, for a float64 scalar that counts updates. */
  void advance(Tensor counter);

  /**
   * w ← (1 − s·decay) w − s·g with s = rateFactor · rate. What the gradient holds afterwards is not
   * specified: a backend may take the step in the product that makes it.
   */
  void sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight);

  /** v ← momentum·v + g, w ← (1 − s·decay) w − s·v (heavy ball without dampening). */
  void momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight);

  /**
   * Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1): m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ←
   * (1 − s·decay) w − s·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
   *
   * @param counter t, a scalar: the number of this update, from 1
   */
  void adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight);

  /**
   * Coefficients of {@link #adam}.
   *
   * @param beta1 decay of the first moment, in [0, 1)
   * @param beta2 decay of the second moment, in [0, 1)
   * @param epsilon added to the root of the second moment, positive
   */
  record AdamCoefficients(double beta1, double beta2, double epsilon) {}
}
