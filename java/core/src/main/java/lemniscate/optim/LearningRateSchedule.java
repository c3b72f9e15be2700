package lemniscate.optim;

import java.util.List;

/** Factor of the learning rate over the steps of a run; a pure function of the step. */
@FunctionalInterface
public interface LearningRateSchedule {

  /**
   * Factor at a step.
   *
   * @param step number of the update, from 0
   */
  double factor(long step);

  /** Factor 1 throughout. */
  record Constant() implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      return 1;
    }
  }

  /**
   * Rises linearly from 1/warmupSteps at step 0 to 1 at step warmupSteps − 1, then stays.
   *
   * @param warmupSteps length of the rise
   */
  record LinearWarmup(long warmupSteps) implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      return step >= warmupSteps ? 1 : (step + 1.0) / warmupSteps;
    }
  }

  /**
   * Half a cosine from 1 at the end of the warm-up to {@code finalFactor} at {@code totalSteps},
   * after a linear warm-up (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
   *
   * @param totalSteps step at which the final factor is reached
   * @param warmupSteps length of the rise, 0 for none
   * @param finalFactor where it ends
   */
  record Cosine(long totalSteps, long warmupSteps, double finalFactor)
      implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      if (step < warmupSteps) {
        return (step + 1.0) / warmupSteps;
      }
      double span = Math.max(1, totalSteps - warmupSteps);
      double progress = Math.min(1, (step - warmupSteps) / span);
      return finalFactor + (1 - finalFactor) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  }

  /**
   * Multiplied by {@code dropFactor} after every {@code every} steps.
   *
   * @param every number of steps between drops, at least 1
   * @param dropFactor factor of each drop
   */
  record Step(long every, double dropFactor) implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      return Math.pow(dropFactor, step / every);
    }
  }

  /**
   * Multiplied by {@code dropFactor} at given steps.
   *
   * @param steps numbers of the steps from which each drop counts, growing
   * @param dropFactor factor of each drop
   */
  record Milestones(List<Long> steps, double dropFactor) implements LearningRateSchedule {
    /** Copies the steps. */
    public Milestones {
      steps = List.copyOf(steps);
    }

    @Override
    public double factor(long step) {
      int drops = 0;
      while (drops < steps.size() && steps.get(drops) <= step) {
        drops++;
      }
      return Math.pow(dropFactor, drops);
    }
  }
}
