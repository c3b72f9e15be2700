package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Activation;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Loss;
import lemniscate.backend.Precision;
import lemniscate.cuda.device.StandIn;
import lemniscate.data.DataRequest;
import lemniscate.data.Datasets;
import lemniscate.mup.Scheme;
import lemniscate.optim.Optimizer;
import lemniscate.rule.pc.PredictiveCoding;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.Training;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;

/** Training steps through JCuda: uploads, graphs and device scalars together. */
final class StandInTrainingTest {

  private static final int STEPS = 4;

  private static List<Double> losses(Backend backend) {
    return losses(backend, 7);
  }

  private static List<Double> losses(Backend backend, int width) {
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
          }
        };
    try (backend;
        Trainer trainer =
            Training.on(backend)
                .data(Datasets.load(new DataRequest("synthetic", null, 53, 23, 11)))
                .hidden(width, 2, Activation.TANH)
                .loss(Loss.CROSS_ENTROPY)
                .rule(PredictiveCoding.jacobi(3, 0.1))
                .parameterization(Scheme.MUP, 4)
                .optimizer(new Optimizer.Adam())
                .learningRate(0.02)
                .batch(5)
                .steps(STEPS)
                .prepare()) {
      trainer.run(listener, new StopSignal());
    }
    return losses;
  }

  @Test
  void lossesAreThoseOfTheReference() {
    StandIn driver = StandIn.driver();
    List<Double> expected =
        losses(Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64)));
    long before = driver.calls("cuGraphLaunch");
    List<Double> found = losses(StandInBackend.open(Precision.FP64, 13));
    assertThat(found).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      // Float64 sums of some hundred terms in another order: 1e-10 leaves them four steps to grow.
      assertThat(found.get(step)).isCloseTo(expected.get(step), within(1e-10));
    }
    assertThat(driver.calls("cuGraphLaunch") - before).isGreaterThanOrEqualTo(STEPS);
    assertThat(driver.held()).isEmpty();
  }

  /** A block that asks for more than 48 KB of shared memory gets it before its step is captured. */
  @Test
  void residentLossesAreThoseOfTheReference() {
    assertThat(callsOfResident(60, "cuFuncSetAttribute")).isEqualTo(1);
  }

  /** A weight of 180 · 180 float64 fits two blocks, in a launch with a cluster. */
  @Test
  void lossesInClustersAreThoseOfTheReference() {
    assertThat(callsOfResident(180, "cuLaunchKernelEx")).isPositive();
  }

  // How often a driver's function is called by trainings whose losses are the reference's.
  private static long callsOfResident(int width, String function) {
    StandIn driver = StandIn.driver();
    List<Double> expected =
        losses(
            Backends.open("reference", BackendOptions.defaults().withPrecision(Precision.FP64)),
            width);
    long before = driver.calls(function);
    List<Double> found = losses(resident(driver), width);
    assertThat(found).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      assertThat(found.get(step)).isCloseTo(expected.get(step), within(1e-10));
    }
    assertThat(driver.held()).isEmpty();
    return driver.calls(function) - before;
  }

  private static Backend resident(StandIn driver) {
    CudaProvider provider =
        new CudaProvider(
            Optional.of(StandInBackend.IMAGE),
            Map.of(CudaProvider.RELAXATIONS, "resident"),
            Path.of("/nowhere"));
    BackendOptions options =
        new BackendOptions(Precision.FP64, 0, null).withDevice(StandInBackend.device(driver, 13));
    return provider.open(options);
  }
}
