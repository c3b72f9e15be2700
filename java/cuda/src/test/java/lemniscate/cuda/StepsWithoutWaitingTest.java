package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.cuda.device.StandIn;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingDivergedException;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training on a device reads losses when they have arrived, and waits for nothing before. */
final class StepsWithoutWaitingTest {

  /** An epoch, so that nothing is evaluated between. */
  private static final int STEPS = 24;

  private static final int BATCH = 5;

  private final StandIn driver = StandIn.driver();

  private static Experiment experiment(String choices) {
    Config config = Config.defaults();
    String all =
        "data.name=synthetic data.test=10 net.width=7 net.depth=3 param.baseWidth=4 data.train="
            + STEPS * BATCH
            + " train.batch="
            + BATCH
            + " train.steps="
            + STEPS
            + " "
            + choices;
    for (String assignment : all.split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    return Experiment.of(config);
  }

  private static Backend reference() {
    return Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64));
  }

  /** What a listener heard: steps in their order, and before which of them others came. */
  private static final class Heard implements TrainingListener {
    private final List<StepMetrics> steps = new ArrayList<>();
    private final List<Integer> before = new ArrayList<>();
    private final StandIn driver;
    private long waits;

    private Heard(StandIn driver) {
      this.driver = driver;
    }

    @Override
    public void onStep(StepMetrics metrics) {
      steps.add(metrics);
    }

    @Override
    public void afterStep(long step, boolean endOfEpoch) {
      before.add(steps.size());
      if (step == 4) {
        waits = -driver.calls("cuStreamSynchronize");
      }
      if (step == STEPS - 1) {
        waits += driver.calls("cuStreamSynchronize");
      }
    }
  }

  private Heard train(String choices, Backend backend, StopSignal stop) {
    Experiment experiment = experiment(choices);
    Heard heard = new Heard(driver);
    try (backend;
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(heard, stop);
    }
    return heard;
  }

  @ParameterizedTest
  @CsvSource({
    "rule=bp, 0",
    "rule=pc pc.steps=3, 0",
    "rule=pc pc.scheme=si pc.steps=2 optim.name=adam, 0",
    "rule=dfa, 0",
    "rule=pepita, 0",
    // Looks at the condition of what it inverts before it goes on.
    "rule=tp, 1",
  })
  void stepsWaitForNothing(String choices, long waits) {
    Heard expected = train(choices, reference(), new StopSignal());
    Heard found = train(choices, StandInBackend.open(Precision.FP64, 13), new StopSignal());
    assertThat(found.waits).as("waits in 19 steps").isEqualTo(19 * waits);
    assertThat(driver.held()).isEmpty();
    assertThat(found.steps).hasSize(STEPS).hasSameSizeAs(expected.steps);
    for (int i = 0; i < STEPS; i++) {
      StepMetrics one = found.steps.get(i);
      StepMetrics other = expected.steps.get(i);
      assertThat(one.step()).isEqualTo(i + 1);
      // Float64 sums of some hundred terms in another order, which 24 steps let grow.
      assertThat(one.loss() / other.loss() - 1).isBetween(-1e-8, 1e-8);
      assertThat(one.learningRate()).isEqualTo(other.learningRate());
      if (Double.isFinite(other.energy())) {
        assertThat(one.energy() / other.energy() - 1).isBetween(-1e-8, 1e-8);
      } else {
        assertThat(one.energy()).isNaN();
      }
    }
    // Four steps later, and all at the end; at once where the backend does all within its calls.
    assertThat(found.before)
        .isEqualTo(
            LongStream.rangeClosed(1, STEPS)
                .mapToObj(step -> (int) (step == STEPS ? STEPS : Math.max(0, step - 4)))
                .toList());
    assertThat(expected.before)
        .isEqualTo(LongStream.rangeClosed(1, STEPS).mapToObj(step -> (int) step).toList());
  }

  /** What a checkpoint holds counts all steps. */
  @Test
  void progressIsThatOfAllSteps() {
    List<Double> sums = new ArrayList<>();
    for (Backend backend : List.of(reference(), StandInBackend.open(Precision.FP64, 13))) {
      Experiment experiment = experiment("rule=pc pc.steps=2");
      List<Long> steps = new ArrayList<>();
      try (backend;
          Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
        StopSignal stop = new StopSignal();
        trainer.run(
            new TrainingListener() {
              @Override
              public void onStep(StepMetrics metrics) {
                steps.add(metrics.step());
              }

              @Override
              public void afterStep(long step, boolean endOfEpoch) {
                if (step == 7) {
                  sums.add(trainer.progress().epochLossSum());
                  assertThat(steps).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
                }
                if (step == 9) {
                  stop.raise();
                }
              }
            },
            stop);
        assertThat(steps).hasSize(9);
        sums.add(trainer.result().trainLoss());
      }
    }
    assertThat(sums.get(2) / sums.get(0) - 1).isBetween(-1e-10, 1e-10);
    assertThat(sums.get(3) / sums.get(1) - 1).isBetween(-1e-10, 1e-10);
  }

  /** The step that diverged is named, not the one that was under way when it was found. */
  @Test
  void divergenceNamesItsStep() {
    String choices = "rule=bp net.activation=relu loss=mse optim.lr=1e30";
    TrainingDivergedException expected = diverged(choices, reference());
    TrainingDivergedException found = diverged(choices, StandInBackend.open(Precision.FP64, 13));
    assertThat(found.step()).isEqualTo(expected.step());
    assertThat(found.layer()).as("weights of later steps tell nothing").isZero();
  }

  private TrainingDivergedException diverged(String choices, Backend backend) {
    return catchThrowableOfType(
        TrainingDivergedException.class, () -> train(choices, backend, new StopSignal()));
  }
}
