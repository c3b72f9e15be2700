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

  /**
   * A step is done. Where a backend works while the program goes on ({@link
   * lemniscate.backend.Backend#runsApart}) a step is told of some steps later, and at the latest
   * before {@link #onEpoch}, before {@link Trainer#progress} returns and before the run ends.
   */
  default void onStep(StepMetrics metrics) {}

  /** An epoch is done and evaluated; comes after {@link #onStep} of its last step. */
  default void onEpoch(EpochMetrics metrics) {}

  /**
   * The parameters are those after a step, and everything about it has been reported but {@link
   * #onStep} where that comes later: the place for checkpoints, and to end a run after a certain
   * step.
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
