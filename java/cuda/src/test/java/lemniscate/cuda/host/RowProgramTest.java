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
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Relaxations in one launch against the same in many. */
final class RowProgramTest {

  /** With one multiprocessor, a batch of 21 has more blocks than programs are made for. */
  private static final int MANY = 4;

  private static final String SIZES =
      "data.name=synthetic data.train=63 data.test=21 train.batch=21 train.steps=3 net.depth=3"
          + " param.baseWidth=16 seed=4 ";

  /**
   * Sums of at most 784 terms in another order: 28 ulps of each product, of which three steps of
   * seven relaxations chain some dozens, and tanh and softmax pass on no more than they get.
   */
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
        "net.width=224 pc.scheme=jacobi pc.steps=4",
      })
  void oneLaunchIsAsMany(String choices) {
    for (Precision precision : List.of(Precision.FP64, Precision.FP32)) {
      Result many = train(choices, precision, HostDevice.MULTIPROCESSORS);
      Result one = train(choices, precision, MANY);
      assertThat(many.launched()).doesNotContainKey(program(precision));
      assertThat(one.launched()).containsKey(program(precision));
      assertThat(launches(one)).isLessThan(launches(many));
      for (String name : many.tensors().keySet()) {
        double[] expected = many.tensors().get(name);
        double[] found = one.tensors().get(name);
        double scale = 0;
        for (double value : expected) {
          scale = Math.max(scale, Math.abs(value));
        }
        for (int i = 0; i < expected.length; i++) {
          assertThat(Math.abs(found[i] - expected[i]))
              .as("%s %s, %s[%d]", precision, choices, name, i)
              .isLessThanOrEqualTo(bound(precision) * scale);
        }
      }
      for (int step = 0; step < many.losses().size(); step++) {
        assertThat(one.losses().get(step) / many.losses().get(step) - 1)
            .isBetween(-bound(precision), bound(precision));
      }
    }
  }

  /** In the arithmetic of the elements, which is more exact than what was asked for. */
  @ParameterizedTest
  @EnumSource(
      value = Precision.class,
      names = {"TF32", "BF16"})
  void programsOfRoundedPrecisionsAreThoseOfFp32(Precision precision) {
    Result rounded = train("net.width=37 pc.steps=7", precision, MANY);
    assertThat(rounded.launched()).containsKey(program(precision));
  }

  /** 225 is wider than programs serve before they have been measured. */
  @Test
  void largeWeightsAreTheLibrarys() {
    Result wide =
        train("net.width=225 pc.steps=2 train.steps=1 train.batch=3", Precision.FP32, MANY);
    assertThat(wide.launched()).doesNotContainKey(program(Precision.FP32));
  }

  private static String program(Precision precision) {
    return precision == Precision.FP64 ? "row_program_f64" : "row_program_f32";
  }

  private static int launches(Result result) {
    return result.launched().values().stream().mapToInt(Integer::intValue).sum();
  }

  private record Result(
      List<Double> losses, Map<String, double[]> tensors, Map<String, Integer> launched) {}

  private static Result train(String choices, Precision precision, int multiprocessors) {
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
    HostDevice device = new HostDevice(HostExecution.library(), 9, multiprocessors);
    try (Backend backend = new CudaBackend(device, precision);
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(listener, new StopSignal());
      Map<String, double[]> tensors = new TreeMap<>();
      trainer.tensors().forEach((name, tensor) -> tensors.put(name, backend.read(tensor)));
      return new Result(losses, tensors, Map.copyOf(device.launched()));
    }
  }
}
