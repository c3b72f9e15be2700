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

  /**
   * The learning rate at a step.
   *
   * @param learningRate that the factor multiplies
   * @param step number of the update, from 0
   */
  default double rate(double learningRate, long step) {
    return learningRate * factor(step);
  }

  /**
   * A part of a run that has a learning rate and a schedule of its own.
   *
   * @param from first step of it, from 0
   * @param learningRate that the schedule multiplies
   * @param schedule of the whole run, as if it had always been so
   */
  record Phase(long from, double learningRate, LearningRateSchedule schedule) {}

  /**
   * Learning rates that were changed on the way: at every step those of the latest phase that has
   * begun by then.
   *
   * @param phases in the order in which they were chosen; the first one begins at step 0
   */
  record Phases(List<Phase> phases) implements LearningRateSchedule {
    /** Copies the phases. */
    public Phases {
      phases = List.copyOf(phases);
    }

    private Phase at(long step) {
      int i = phases.size() - 1;
      while (phases.get(i).from() > step) {
        i--;
      }
      return phases.get(i);
    }

    /** Beside the learning rate of the last phase. */
    @Override
    public double factor(long step) {
      return rate(1, step) / phases.getLast().learningRate();
    }

    @Override
    public double rate(double learningRate, long step) {
      Phase phase = at(step);
      return phase.schedule().rate(phase.learningRate(), step);
    }
  }

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
      return step >= warmupSteps ? 1 : rise(step, warmupSteps);
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
        return rise(step, warmupSteps);
      }
      double progress = progress(step, warmupSteps, totalSteps);
      return halfCosine(1, finalFactor, progress);
    }
  }

  /**
   * A line from 1 at the end of the warm-up to {@code finalFactor} at {@code totalSteps}, after a
   * linear warm-up.
   *
   * @param totalSteps step at which the final factor is reached
   * @param warmupSteps length of the rise, 0 for none
   * @param finalFactor where it ends
   */
  record Linear(long totalSteps, long warmupSteps, double finalFactor)
      implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      return step < warmupSteps
          ? rise(step, warmupSteps)
          : 1 - (1 - finalFactor) * progress(step, warmupSteps, totalSteps);
    }
  }

  /**
   * A linear warm-up, factor 1, and over the last steps a decay to {@code finalFactor} at {@code
   * totalSteps}: 1 − (1 − finalFactor) y or √y, where y is the part of the decay that is over (Hu
   * et al., arXiv 2404.06395; √: Hägele et al., arXiv 2405.18392).
   *
   * @param totalSteps step at which the final factor is reached
   * @param warmupSteps length of the rise, 0 for none
   * @param cooldownSteps length of the decay, at least 1
   * @param root whether it follows √y
   * @param finalFactor where it ends
   */
  record WarmupStableDecay(
      long totalSteps, long warmupSteps, long cooldownSteps, boolean root, double finalFactor)
      implements LearningRateSchedule {
    @Override
    public double factor(long step) {
      if (step < warmupSteps) {
        return rise(step, warmupSteps);
      }
      double over = Math.max(0, progress(step, totalSteps - cooldownSteps, totalSteps));
      return 1 - (1 - finalFactor) * (root ? Math.sqrt(over) : over);
    }
  }

  /**
   * From 1 linearly to 1.1 over the first tenth of the steps, then half a cosine to 0.1: the
   * schedule that the code of pcx (Pinchetti et al., arXiv 2407.01163) and DeepPCNs (Qi et al.,
   * arXiv 2506.23800) trains with.
   *
   * @param totalSteps step at which 0.1 is reached
   */
  record RiseAndCosine(long totalSteps) implements LearningRateSchedule {
    private static final double RISE = 0.1;
    private static final double PEAK = 1.1;
    private static final double END = 0.1;

    @Override
    public double factor(long step) {
      double top = RISE * totalSteps;
      if (step < top) {
        return 1 + (PEAK - 1) * step / top;
      }
      double over = Math.min(1, (step - top) / Math.max(1, totalSteps - top));
      return halfCosine(PEAK, END, over);
    }
  }

  private static double rise(long step, long warmupSteps) {
    return (step + 1.0) / warmupSteps;
  }

  private static double halfCosine(double from, double to, double progress) {
    return to + (from - to) * 0.5 * (1 + Math.cos(Math.PI * progress));
  }

  // How much of the steps between two is over, at most 1.
  private static double progress(long step, long from, long to) {
    return Math.min(1, (step - from) / (double) Math.max(1, to - from));
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
