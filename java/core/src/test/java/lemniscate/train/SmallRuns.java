package lemniscate.train;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.tensor.Tensor;

/** Configurations that train in milliseconds, with sizes that do not divide each other. */
final class SmallRuns {

  private SmallRuns() {}

  /**
   * 53 examples in batches of 5: ten steps an epoch, three examples left over; 23 test examples.
   */
  static Config config() {
    return Config.defaults()
        .withAssignment("data.name=synthetic", "test")
        .withAssignment("data.train=53", "test")
        .withAssignment("data.test=23", "test")
        .withAssignment("train.batch=5", "test")
        .withAssignment("train.epochs=2", "test")
        .withAssignment("train.logEvery=3", "test")
        .withAssignment("net.width=7", "test")
        .withAssignment("param.baseWidth=4", "test")
        .withAssignment("pc.steps=3", "test")
        .withAssignment("optim.lr=0.03", "test")
        .withAssignment("backend=reference", "test")
        .withAssignment("seed=11", "test");
  }

  static Config with(Config config, String... assignments) {
    for (String assignment : assignments) {
      config = config.withAssignment(assignment, "test");
    }
    return config;
  }

  static Config to(Config config, Path out) {
    return config.with(ConfigSchema.OUT, Optional.of(out), "test");
  }

  static Run start(Config config, Path out) {
    return Run.start(to(config, out), List.of("train"), line -> {});
  }

  /** Trains to the end, or to a step where that comes first. */
  static TrainingResult train(Run run, long until) {
    StopSignal stop = new StopSignal();
    if (until == 0) {
      stop.raise();
    }
    return run.train(
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            if (metrics.step() == until) {
              stop.raise();
            }
          }
        },
        stop);
  }

  /** All tensors of a run, one after the other. */
  static double[] contents(Run run) {
    return run.trainer().tensors().values().stream()
        .flatMapToDouble((Tensor t) -> Arrays.stream(run.trainer().backend().read(t)))
        .toArray();
  }
}
