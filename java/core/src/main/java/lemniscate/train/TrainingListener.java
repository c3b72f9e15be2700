package lemniscate.train;

import java.util.Map;
import lemniscate.rule.CreditReach;

/** Told of the progress of a run, on its thread. */
public interface TrainingListener {

  /** Hears nothing. */
  TrainingListener NONE = new TrainingListener() {};

  /**
   * Training begins with the first step; not called for a run that goes on, nor where nothing is
   * measured.
   *
   * @param diagnostics of the initial weights, as in {@link EpochMetrics}
   */
  default void onStart(Map<String, Double> diagnostics) {}

  /**
   * The reach of the rule's credit was measured, for runs that do.
   *
   * @param step number of steps done
   */
  default void onReach(long step, CreditReach reach) {}

  /** A step is done. */
  default void onStep(StepMetrics metrics) {}

  /** An epoch is done and evaluated; comes after {@link #onStep} of its last step. */
  default void onEpoch(EpochMetrics metrics) {}

  /**
   * Everything about a step has been reported and the parameters are those after it: the place for
   * checkpoints.
   *
   * @param step number of steps done
   * @param endOfEpoch whether {@link #onEpoch} was called for it
   */
  default void afterStep(long step, boolean endOfEpoch) {}

  /** Both, this one first. */
  default TrainingListener and(TrainingListener other) {
    TrainingListener first = this;
    return new TrainingListener() {
      @Override
      public void onStart(Map<String, Double> diagnostics) {
        first.onStart(diagnostics);
        other.onStart(diagnostics);
      }

      @Override
      public void onReach(long step, CreditReach reach) {
        first.onReach(step, reach);
        other.onReach(step, reach);
      }

      @Override
      public void onStep(StepMetrics metrics) {
        first.onStep(metrics);
        other.onStep(metrics);
      }

      @Override
      public void onEpoch(EpochMetrics metrics) {
        first.onEpoch(metrics);
        other.onEpoch(metrics);
      }

      @Override
      public void afterStep(long step, boolean endOfEpoch) {
        first.afterStep(step, endOfEpoch);
        other.afterStep(step, endOfEpoch);
      }
    };
  }
}
