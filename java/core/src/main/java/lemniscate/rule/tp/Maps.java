package lemniscate.rule.tp;

import java.util.List;
import lemniscate.backend.Activation;
import lemniscate.config.BadInputException;

/**
 * The shape of feedback maps g(y) = ψ(Q y + d) that have weights of their own.
 *
 * @param activations ψ, one for all maps or one for each, from that to layer 1 on
 * @param scale σ_Q: Q starts with standard deviation σ_Q/√fan-in, d at 0
 * @param hiddenUnits of a direct map: 0 if y is the output, else y = tanh(R f) with that many rows
 *     of a fixed random R, shared by all layers
 */
public record Maps(List<Activation> activations, double scale, int hiddenUnits) {

  /** Checks the numbers. */
  public Maps {
    activations = List.copyOf(activations);
    if (!(scale >= 0) || Double.isInfinite(scale)) {
      throw new BadInputException(
          "tp.feedbackScale " + scale + ": expected a number of at least 0, such as 1.");
    }
    if (hiddenUnits < 0) {
      throw new BadInputException(
          "tp.hiddenUnits " + hiddenUnits + ": expected 0 (linear) or a number of units.");
    }
  }

  /** Maps of ordinary size from the layer above, or from the output. */
  public static Maps of(Activation activation) {
    return new Maps(List.of(activation), 1, 0);
  }

  /** ψ of the map that gives layer k its target, k = 1 … L−1. */
  Activation activation(int k) {
    return activations.size() == 1 ? activations.getFirst() : activations.get(k - 1);
  }
}
