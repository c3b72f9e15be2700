package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;

import java.util.List;
import lemniscate.backend.UpdatePasses.AdamCoefficients;
import lemniscate.tensor.Tensor;

/**
 * Passes of the optimisers. The step size of a parameter is {@code rateFactor · rate}: {@code
 * rate}, a scalar, follows the schedule and {@code rateFactor} comes from the parameterisation.
 * {@code decay} is decoupled (Loshchilov and Hutter, arXiv 1711.05101): w ← (1 − rateFactor · rate
 * · decay) w before the gradient's step. None has an expansion.
 */
public sealed interface UpdateOperation extends Operation {

  /** counter = counter + 1, for a float64 scalar that counts updates. */
  record Advance(Tensor counter) implements UpdateOperation {
    @Override
    public List<Operand> operands() {
      return List.of(updates("counter", counter).scalar());
    }
  }

  /**
   * w ← (1 − s·decay) w − s·g with s = rateFactor · rate. What the gradient holds afterwards is not
   * specified: a backend may take the step in the product that makes it.
   */
  record Sgd(Tensor gradient, Tensor rate, double rateFactor, double decay, Tensor weight)
      implements UpdateOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("gradient", gradient).like("weight", weight),
          reads("rate", rate).scalar(),
          updates("weight", weight));
    }
  }

  /** v ← momentum·v + g, w ← (1 − s·decay) w − s·v (heavy ball without dampening). */
  record Momentum(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      double momentum,
      Tensor velocity,
      Tensor weight)
      implements UpdateOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("gradient", gradient).like("weight", weight),
          reads("rate", rate).scalar(),
          updates("velocity", velocity).like("weight", weight),
          updates("weight", weight));
    }
  }

  /**
   * Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1): m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², w ←
   * (1 − s·decay) w − s·m̂/(√v̂ + ε) with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
   *
   * @param counter t, a scalar: the number of this update, from 1
   */
  record Adam(
      Tensor gradient,
      Tensor rate,
      double rateFactor,
      double decay,
      AdamCoefficients coefficients,
      Tensor counter,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor weight)
      implements UpdateOperation {
    @Override
    public List<Operand> operands() {
      return List.of(
          reads("gradient", gradient).like("weight", weight),
          reads("rate", rate).scalar(),
          reads("counter", counter).scalar(),
          updates("firstMoment", firstMoment).like("weight", weight),
          updates("secondMoment", secondMoment).like("weight", weight),
          updates("weight", weight));
    }
  }
}
