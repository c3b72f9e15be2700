package lemniscate.train;

import lemniscate.backend.Backend;
import lemniscate.mup.Scheme;
import lemniscate.network.Network;
import lemniscate.network.Parameter;
import lemniscate.network.Unit;
import lemniscate.rule.IllConditionedException;

/**
 * Says where and why a run's numbers are not finite any more.
 *
 * @param backend of the run
 * @param spec what was asked for
 * @param network that is trained
 * @param evaluator that computes activities of the network
 */
record Divergence(Backend backend, TrainingSpec spec, Network network, Evaluator evaluator) {

  /**
   * Of a number that is not finite.
   *
   * @param at the step that it is of
   * @param done steps that have been made; once there are further ones, what is not finite has
   *     spread to all layers, and none is named
   * @param features of the last batch
   */
  TrainingDivergedException of(
      String quantity, double value, long at, long done, float[] features) {
    int layer = at == done ? firstNonFiniteLayer() : 0;
    return new TrainingDivergedException(
        quantity,
        at,
        layer > 0 || at < done ? layer : evaluator.firstNonFiniteActivity(features),
        value,
        spec.learningRate(),
        remedyOfNarrowness());
  }

  /** Of a matrix that a rule cannot invert. */
  TrainingDivergedException inInverse(IllConditionedException cause, long step) {
    return new TrainingDivergedException(
        "the condition number of what the rule inverts",
        step,
        cause.layer(),
        cause.condition(),
        spec.learningRate(),
        remedyOfNarrowness());
  }

  /**
   * Refuses weights that are not finite.
   *
   * @throws TrainingDivergedException naming the first layer that has one
   */
  void requireFiniteWeights(long step) {
    int layer = firstNonFiniteLayer();
    if (layer > 0) {
      throw new TrainingDivergedException(
          "weight", step, layer, Double.NaN, spec.learningRate(), remedyOfNarrowness());
    }
  }

  // Below the base width a scheme that follows the width turns its factors round.
  private String remedyOfNarrowness() {
    int width = spec.network().size().width();
    int base = spec.parameterization().baseWidth();
    return width < base && spec.parameterization().scheme() != Scheme.SP
        ? ", or param.baseWidth %d: it was %d, and at widths below it the scheme takes larger steps"
            .formatted(width, base)
        : "";
  }

  private int firstNonFiniteLayer() {
    for (Unit unit : network.units()) {
      for (Parameter parameter : unit.parameters()) {
        if (!TensorChunks.allFinite(backend, parameter.value())) {
          return unit.index();
        }
      }
    }
    return 0;
  }
}
