package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import lemniscate.backend.Backend;
import lemniscate.config.BadInputException;
import lemniscate.train.EpochMetrics;
import lemniscate.train.Experiment;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import lemniscate.train.TrainingResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SweepRunnerTest {

  @TempDir private Path folder;

  private static SweepSpec spec(String from, String to) {
    assertThat(SmallSweep.TEXT).contains(from);
    return SweepSpec.of(SmallSweep.TEXT.replace(from, to), "small.yaml");
  }

  @Test
  void resultsDoNotDependOnTheWorkers() {
    SweepSpec spec = spec("backend: reference", "backend: cpu");
    try (TrialStore one = TrialStore.create(folder.resolve("one"), spec);
        TrialStore two = TrialStore.create(folder.resolve("two"), spec)) {
      SmallSweep.run(spec, one, 1);
      SmallSweep.run(spec, two, 2);
      assertThat(SmallSweep.results(two.rows()))
          .hasSize(SmallSweep.TRIALS)
          .isEqualTo(SmallSweep.results(one.rows()));
      // Different trials do have different results.
      assertThat(two.rows().stream().map(TrialRow::metrics).distinct()).hasSizeGreaterThan(16);
    }
  }

  @Test
  void evaluatesATrialOnceAndEndsWhereTrainingWithAllEvaluationsDoes() {
    SweepSpec spec = SmallSweep.spec();
    List<EpochMetrics> epochs = new ArrayList<>();
    try (TrialStore store = TrialStore.create(folder.resolve("s"), spec)) {
      new SweepRunner(spec, new Shard(1, SmallSweep.TRIALS), store, 1, new SharedData())
          .run(
              false,
              new SweepListener() {
                @Override
                public TrainingListener training(Trial trial) {
                  return new TrainingListener() {
                    @Override
                    public void onEpoch(EpochMetrics metrics) {
                      epochs.add(metrics);
                    }
                  };
                }
              },
              new StopSignal());
      assertThat(epochs).hasSize(2);
      assertThat(epochs.getFirst().trainLoss()).isPositive();
      assertThat(epochs.getFirst().testLoss()).as("nobody would see it").isNaN();
      Experiment experiment = Experiment.of(spec.trials().getFirst().config());
      try (Backend backend = Experiment.openBackend(experiment.config(), line -> {});
          Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
        TrainingResult result = trainer.run();
        TrialRow.Metrics metrics = store.rows().getFirst().metrics();
        assertThat(metrics.testLoss()).isEqualTo(result.testLoss());
        assertThat(metrics.testAccuracy()).isEqualTo(result.testAccuracy());
        assertThat(metrics.trainLoss()).isEqualTo(result.trainLoss());
      }
    }
  }

  @Test
  void stopsWithinATrialAndGoesOn() {
    SweepSpec spec = SmallSweep.spec();
    StopSignal stop = new StopSignal();
    AtomicInteger started = new AtomicInteger();
    try (TrialStore store = TrialStore.create(folder.resolve("s"), spec)) {
      SweepRunner runner = new SweepRunner(spec, Shard.ALL, store, 1, new SharedData());
      SweepProgress stopped =
          runner.run(
              false,
              new SweepListener() {
                @Override
                public void onStart(Trial trial, SweepProgress progress) {
                  assertThat(progress.running()).isEqualTo(1);
                  if (started.incrementAndGet() == 3) {
                    stop.raise();
                  }
                }
              },
              stop);
      assertThat(stopped.interrupted()).isTrue();
      assertThat(stopped.finished()).isEqualTo(2);
      AtomicInteger rest = new AtomicInteger();
      SweepProgress done =
          runner.run(
              false,
              new SweepListener() {
                @Override
                public void onFinish(TrialRow row, SweepProgress progress) {
                  rest.incrementAndGet();
                }
              },
              new StopSignal());
      assertThat(rest.get()).isEqualTo(SmallSweep.TRIALS - 2);
      assertThat(done.interrupted()).isFalse();
      assertThat(done.best().orElseThrow().metrics().trainLoss())
          .isEqualTo(
              store.rows().stream()
                  .filter(row -> row.outcome() == Outcome.OK)
                  .mapToDouble(row -> row.metrics().trainLoss())
                  .min()
                  .orElseThrow());
    }
  }

  @Test
  void aTrialThatTakesTooLongTimesOutAndIsRetriedOnDemand() {
    String endless = "epochs: 2, steps: 100000000";
    SweepSpec slow =
        SweepSpec.of(
            """
            base:
              data: {name: synthetic, train: 53, test: 23}
              train: {batch: 5, %s}
              backend: reference
            seeds: [5]
            trialTimeLimit: 0.2
            """
                .formatted(endless),
            "slow.yaml");
    try (TrialStore store = TrialStore.create(folder.resolve("s"), slow)) {
      SweepProgress first = SmallSweep.run(slow, store, 1);
      assertThat(first.timeout()).isEqualTo(1);
      TrialRow row = store.rows().getFirst();
      assertThat(row.message()).contains("trialTimeLimit of 0.2 s");
      assertThat(row.metrics().steps()).isPositive();
      AtomicInteger runs = new AtomicInteger();
      SweepListener count =
          new SweepListener() {
            @Override
            public void onFinish(TrialRow finished, SweepProgress progress) {
              runs.incrementAndGet();
            }
          };
      SweepRunner runner = new SweepRunner(slow, Shard.ALL, store, 1, new SharedData());
      runner.run(false, count, new StopSignal());
      assertThat(runs.get()).as("kept").isZero();
      runner.run(true, count, new StopSignal());
      assertThat(runs.get()).as("retried").isEqualTo(1);
      assertThat(TrialStore.read(store.path())).as("the last line counts").hasSize(1);
    }
  }

  @Test
  void aTrialThatCannotBeTrainedIsKeptWithItsMessage() {
    // No check is made here, so the trial finds out: batches larger than the 53 examples.
    SweepSpec spec = spec("batch: 5", "batch: 54");
    try (TrialStore store = TrialStore.create(folder.resolve("s"), spec)) {
      SweepProgress progress = SmallSweep.run(spec, store, 2);
      assertThat(progress.failed()).isEqualTo(SmallSweep.TRIALS);
      assertThat(store.rows().getLast().message()).contains("train.batch is 54");
    }
    assertThatThrownBy(() -> SweepRunner.check(spec, new SharedData(), checked -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("trial 0 (rule=bp optim.lr=0.01 seed=0)")
        .hasMessageContaining("train.batch is 54");
  }

  @Test
  void shardsPartTheTrials() {
    SweepSpec spec = SmallSweep.spec();
    List<Trial> all =
        IntStream.rangeClosed(1, 5)
            .boxed()
            .flatMap(i -> new Shard(i, 5).of(spec).stream())
            .toList();
    assertThat(all).containsExactlyInAnyOrderElementsOf(spec.trials());
    for (String wrong : List.of("3/2", "0/2", "1", "a/b", "-1/2", "1/0")) {
      assertThatThrownBy(() -> Shard.parse(wrong, "--shard"))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("--shard is '" + wrong + "'");
    }
  }
}
