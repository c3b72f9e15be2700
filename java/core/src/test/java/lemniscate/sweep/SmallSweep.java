package lemniscate.sweep;

import java.util.List;
import lemniscate.train.StopSignal;

/** A sweep of trials of milliseconds, a third of which diverge. */
public final class SmallSweep {

  private static final int SEEDS = 4;

  /** 2 rules × 3 learning rates × 4 seeds. */
  public static final String TEXT =
      """
      base:
        data: {name: synthetic, train: 53, test: 23}
        train: {batch: 5, epochs: 2}
        net: {width: 7, activation: relu}
        param.baseWidth: 4
        pc.steps: 3
        backend: reference
        threads: 1
      grid:
        rule: [bp, pc]
        optim.lr: [0.01, 0.03, 1e30]
      seeds: %d
      """
          .formatted(SEEDS);

  /** Two rules with ten learning rates each, one of which diverges; 8 steps an epoch. */
  public static final String ASHA =
      """
      base:
        data: {name: synthetic, train: 53, test: 23, validation: 13}
        train: {batch: 5}
        net: {width: 7, activation: relu}
        optim: {name: adam, schedule: cosine}
        param.baseWidth: 4
        pc.steps: 3
        backend: reference
        threads: 1
      search: asha
      asha: {minEpochs: 1, maxEpochs: 9, eta: 3}
      grid:
        optim.lr: [1e-4, 3e-4, 1e30, 1e-3, 0.01, 0.003, 0.1, 0.03, 0.3, 1]
        rule: [bp, pc]
      """;

  /** Trials for each seed. */
  static final int PER_SEED = 6;

  /** How many trials it has. */
  public static final int TRIALS = PER_SEED * SEEDS;

  private SmallSweep() {}

  /** Its trials. */
  public static SweepSpec spec() {
    return SweepSpec.of(TEXT, "small.yaml");
  }

  /** The same with another number of seeds. */
  static SweepSpec spec(int seeds) {
    return SweepSpec.of(TEXT.replace("seeds: " + SEEDS, "seeds: " + seeds), "small.yaml");
  }

  /** Trains what the store lacks. */
  public static SweepProgress run(SweepSpec spec, TrialStore store, int workers) {
    return new SweepRunner(spec, Shard.ALL, store, workers, new SharedData())
        .run(false, SweepListener.NONE, new StopSignal());
  }

  /** What must be the same however the trials were run. */
  public static List<String> results(List<TrialRow> rows) {
    return rows.stream().map(TrialRow::resultJson).toList();
  }
}
