package lemniscate.optim;

import java.util.Map;
import lemniscate.backend.Operations;
import lemniscate.network.Parameter;
import lemniscate.tensor.Tensor;
import lemniscate.text.Shown;

/**
 * The update of one parameter, as an optimiser records it. The step size is {@code rateFactor ·
 * rate}.
 *
 * @param parameter that moves; what its gradient holds afterwards is not specified
 * @param rate scalar that follows the schedule
 * @param rateFactor how the rate follows the width
 * @param decay decoupled weight decay at this width; 0 where the parameter has none, or the
 *     gradient has it
 * @param counter scalar: the number of this update, from 1
 * @param tensors what the optimiser keeps for the parameter, by name
 */
public record ParameterStep(
    Parameter parameter,
    Tensor rate,
    double rateFactor,
    double decay,
    Tensor counter,
    Map<String, Tensor> tensors) {

  /** Copies the map. */
  public ParameterStep {
    tensors = Map.copyOf(tensors);
  }

  /** The same at a multiple of the rate; the decay over a step stays what it is. */
  ParameterStep atRate(double multiple) {
    return new ParameterStep(
        parameter, rate, multiple * rateFactor, decay / multiple, counter, tensors);
  }

  /** The parameter's value. */
  public Tensor weight() {
    return parameter.value();
  }

  /** The parameter's gradient, a mean over the batch. */
  public Tensor gradient() {
    return parameter.gradient();
  }

  /**
   * What the optimiser keeps under a name.
   *
   * @throws IllegalArgumentException if it declared none of that name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "the optimiser has no %s of %s, only %s"
              .formatted(Shown.quoted(name), parameter.name(), tensors.keySet()));
    }
    return tensor;
  }

  /** Enqueues the move against a direction, with decay: w ← (1 − s·decay) w − s·direction. */
  public void descend(Operations ops, Tensor direction) {
    ops.update().sgd(direction, rate, rateFactor, decay, weight());
  }
}
