package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Relaxations with their weights in shared memory against the same as launches and products. */
final class ResidentRelaxationTest {

  /** A batch of 21 is two blocks, the second of 5 rows. */
  private static final int MULTIPROCESSORS = 4;

  private static final String SIZES =
      "data.name=synthetic data.train=63 data.test=21 train.batch=21 train.steps=3 net.depth=3"
          + " param.baseWidth=16 seed=4 ";

  /** As in {@link RowProgramTest}: sums in another order. */
  private static double bound(Precision precision) {
    return precision == Precision.FP64 ? 1e-12 : 5e-4;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.width=37 pc.scheme=jacobi pc.steps=7",
        "net.width=37 pc.scheme=jacobi pc.steps=7 loss=ce",
        "net.width=37 pc.scheme=jacobi pc.steps=7 pc.convention=a",
        "net.width=100 pc.scheme=si pc.steps=3 net.activation=gelu",
        "net.width=10 pc.scheme=fpa pc.steps=5 net.bias=true",
        "net.width=32 pc.scheme=jacobi pc.steps=4 net.depth=5",
      })
  void oneLaunchIsAsMany(String choices) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      Result many = train(choices, precision, ordinary(9));
      Result one = train(choices, precision, resident(9));
      assertThat(many.launched()).doesNotContainKey(program(precision));
      assertThat(one.launched()).containsKey(program(precision));
      assertThat(farthest(one, many)).isLessThanOrEqualTo(bound(precision));
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1)
            .isBetween(-bound(precision), bound(precision));
      }
    }
  }

  private static HostDevice ordinary(long seed) {
    return new HostDevice(HostExecution.library(), seed);
  }

  private static HostDevice resident(long seed) {
    return resident(seed, HostDevice.SHARED_BYTES);
  }

  private static HostDevice resident(long seed, int sharedBytes) {
    return new HostDevice(HostExecution.library(), seed, MULTIPROCESSORS, sharedBytes);
  }

  private static String program(Precision precision) {
    return "resident_program_"
        + switch (precision) {
          case FP32 -> "f32";
          case FP64 -> "f64";
          case TF32 -> "tf32";
          case BF16 -> "bf16";
        };
  }

  // The largest distance of two tensors, in units of the largest element of the other's.
  private static double farthest(Result found, Result expected) {
    double farthest = 0;
    assertThat(found.tensors().keySet()).isEqualTo(expected.tensors().keySet()).isNotEmpty();
    for (String name : expected.tensors().keySet()) {
      double[] right = expected.tensors().get(name);
      double scale = 0;
      double distance = 0;
      for (int i = 0; i < right.length; i++) {
        scale = Math.max(scale, Math.abs(right[i]));
        double apart = Math.abs(found.tensors().get(name)[i] - right[i]);
        assertThat(apart).as(name).isNotNaN();
        distance = Math.max(distance, apart);
      }
      farthest = Math.max(farthest, scale == 0 ? distance : distance / scale);
    }
    return farthest;
  }

  private record Result(
      List<Double> losses,
      Map<String, double[]> tensors,
      Map<String, Integer> launched,
      List<Device.Work> recorded) {}

  private static Result train(String choices, Precision precision, HostDevice device) {
    Relaxations relaxations =
        device.multiprocessors() == HostDevice.MULTIPROCESSORS
            ? Relaxations.ORDINARY
            : Relaxations.RESIDENT;
    Config config = Config.defaults();
    for (String assignment : (SIZES + "rule=pc " + choices).split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    Experiment experiment = Experiment.of(config);
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
          }
        };
    try (Backend backend = new CudaBackend(device, precision, relaxations);
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(listener, new StopSignal());
      Map<String, double[]> tensors = new TreeMap<>();
      trainer.tensors().forEach((name, tensor) -> tensors.put(name, backend.read(tensor)));
      return new Result(losses, tensors, Map.copyOf(device.launched()), device.recorded());
    }
  }
}
