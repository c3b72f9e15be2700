package lemniscate.rule.pc;

import java.util.List;
import lemniscate.config.BadInputException;

/**
 * Precisions γ_l of the prediction errors.
 *
 * @param hidden γ_1 … γ_{L−1}, or a single value for all of them
 * @param last γ′_L, before the width scaling γ_L = γ′_L m^−γ̄_L
 */
public record Precisions(List<Double> hidden, double last) {

  /** All precisions 1. */
  public static final Precisions UNIT = new Precisions(List.of(1.0), 1);

  /** Checks that all are positive. */
  public Precisions {
    hidden = List.copyOf(hidden);
    if (hidden.isEmpty()) {
      throw new BadInputException("pc.gamma: expected one number or one for each hidden layer");
    }
    for (double gamma : hidden) {
      if (!(gamma > 0) || Double.isInfinite(gamma)) {
        throw new BadInputException("pc.gamma " + gamma + ": expected positive, finite numbers");
      }
    }
    if (!(last > 0) || Double.isInfinite(last)) {
      throw new BadInputException("pc.gammaLast " + last + ": expected a positive, finite number");
    }
  }

  /**
   * γ_l of a hidden layer.
   *
   * @param l from 1
   */
  public double hidden(int l) {
    return hidden.size() == 1 ? hidden.getFirst() : hidden.get(l - 1);
  }

  /**
   * Checks the number of precisions against a network.
   *
   * @throws BadInputException unless there is one or one for each hidden layer
   */
  void requireFor(int hiddenLayers) {
    if (hidden.size() != 1 && hidden.size() != hiddenLayers) {
      throw new BadInputException(
          "pc.gamma lists %d numbers; expected one, or %d as the network has %d hidden units. Give"
                  .formatted(hidden.size(), hiddenLayers, hiddenLayers)
              + " one for each, or a single one for all.");
    }
  }

  boolean areUnit() {
    return last == 1 && hidden.stream().allMatch(gamma -> gamma == 1);
  }
}
