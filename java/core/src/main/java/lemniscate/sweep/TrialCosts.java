package lemniscate.sweep;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Backend;
import lemniscate.train.Experiment;
import lemniscate.train.TrainingBuffers;
import lemniscate.train.TrainingSpec;

/**
 * What trials are expected to cost, in seconds of one worker: by the products of their steps, of
 * which a network of twice the width has up to four times as many.
 */
public final class TrialCosts {

  /**
   * Of a thread of a usual processor, in matrices of a few hundred rows, with what lies between.
   */
  private static final double FLOPS_PER_SECOND = 5e10;

  /** To make a network and take it away. */
  private static final double TRIAL_SECONDS = 0.02;

  /** To begin a step, whatever its size. */
  private static final double STEP_SECONDS = 1e-4;

  private final Map<Integer, Double> byIndex;
  private final double total;
  private final double mean;

  private TrialCosts(Map<Integer, Double> byIndex) {
    this.byIndex = byIndex;
    this.total = byIndex.values().stream().mapToDouble(cost -> cost).sum();
    this.mean = total / Math.max(1, byIndex.size());
  }

  /**
   * Counts; nothing is allocated or computed.
   *
   * @param trials that are to be run, which have passed {@link SweepRunner#check}
   * @param data what has been read already
   */
  public static TrialCosts of(List<Trial> trials, SharedData data) {
    Map<Integer, Double> byIndex = new HashMap<>();
    if (trials.isEmpty()) {
      return new TrialCosts(byIndex);
    }
    Map<List<Object>, Double> known = new HashMap<>();
    // Any backend will do: products are the same on all.
    try (Backend backend = Experiment.openBackend(trials.getFirst().config(), line -> {})) {
      for (Trial trial : trials) {
        TrainingSpec spec = Experiment.of(trial.config(), data).spec();
        double flops =
            known.computeIfAbsent(
                List.of(spec.network(), spec.rule(), spec.optimizer().kind(), spec.batch()),
                _ -> TrainingBuffers.flops(backend, spec));
        byIndex.put(
            trial.index(),
            TRIAL_SECONDS + spec.steps() * (STEP_SECONDS + flops / FLOPS_PER_SECOND));
      }
    }
    return new TrialCosts(byIndex);
  }

  /** Seconds of a trial; of one that is not known, the mean of the others. */
  public double of(int index) {
    return byIndex.getOrDefault(index, mean);
  }

  /** Seconds of all trials, one after another. */
  public double total() {
    return total;
  }
}
