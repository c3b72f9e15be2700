package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.Config;
import lemniscate.data.DataRequest;
import lemniscate.data.DataSplits;
import lemniscate.data.Datasets;
import lemniscate.train.Experiment;
import lemniscate.train.StepMetrics;
import lemniscate.train.StopSignal;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Short training runs on the bundled images, against the CPU backend. */
final class TrainingTest {

  private static final int STEPS = 50;

  /**
   * A run in float32 departs from the one in float64 by its rounding, which the rule and its solves
   * amplify from step to step; two such runs with sums in different orders depart equally far but
   * for chance. This is the chance.
   */
  private static final double APART = 8;

  /** Of a loss, where the CPU's rounding happens to cancel: a hundred units of float32. */
  private static final double UNITS = 1e-5;

  private final DataSplits images =
      Datasets.load(new DataRequest("fashion-mnist-mini", null, 200, 10, 1));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule=bp",
        "rule=bp optim.name=adam net.bias=true",
        "rule=pc pc.scheme=jacobi pc.steps=5",
        "rule=pc pc.scheme=si pc.steps=2 optim.name=momentum",
        "rule=pc pc.scheme=fpa pc.steps=3 net.bias=true",
        "rule=pc pc.scheme=ipc pc.steps=3 pc.gammaExponent=-1",
        "rule=pc pc.convention=a pc.steps=4",
        "rule=tp tp.damping=10 optim.lr=0.02",
        "rule=tp tp.damping=10 optim.lr=0.02 net.width=48 net.depth=4",
        "rule=tp tp.variant=ddtp",
        "rule=gnt gnt.damping=1 optim.lr=0.02",
        "rule=dfa",
        "rule=pepita",
        "rule=ff net.activation=relu optim.lr=0.002",
      })
  void lossesAreThoseOfTheCpu(String choices) {
    requireLossesOfTheCpu(choices, () -> HostExecution.open(Precision.FP32, 3));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule=pc pc.scheme=jacobi pc.steps=5",
        "rule=pc pc.scheme=si pc.steps=3 optim.name=momentum",
        "rule=pc pc.scheme=fpa pc.steps=4 net.bias=true",
        "rule=pc pc.convention=a pc.steps=4",
      })
  void residentLossesAreThoseOfTheCpu(String choices) {
    ResidentDevices devices = ResidentDevices.ofBlocks();
    requireLossesOfTheCpu(choices, () -> devices.open(Precision.FP32));
    devices.requireResident();
  }

  /** Blocks of 40 kB, so that clusters share out the weights. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rule=pc pc.scheme=jacobi pc.steps=5 net.width=72",
        "rule=pc pc.convention=a pc.steps=5 net.bias=true net.width=72",
      })
  void lossesInClustersAreThoseOfTheCpu(String choices) {
    ResidentDevices devices = ResidentDevices.ofClusters(40_000);
    requireLossesOfTheCpu(choices, () -> devices.open(Precision.FP32));
    devices.requireResident();
  }

  private void requireLossesOfTheCpu(String choices, Supplier<Backend> source) {
    Run exact = train(choices, () -> cpu(Precision.FP64));
    Run expected = train(choices, () -> cpu(Precision.FP32));
    Run found = train(choices, source);
    assertThat(found.losses()).hasSize(STEPS).hasSameSizeAs(expected.losses());
    double rounding = 0;
    for (int step = 0; step < STEPS; step++) {
      double loss = expected.losses().get(step);
      rounding = Math.max(rounding, Math.abs(exact.losses().get(step) / loss - 1));
      // Otherwise the comparison says nothing.
      assertThat(rounding).isLessThan(1e-2);
      assertThat(Math.abs(found.losses().get(step) / loss - 1))
          .as("%s, step %d", choices, step)
          .isLessThan(UNITS + APART * rounding);
    }
    assertThat(expected.losses().getLast()).isNotEqualTo(expected.losses().getFirst());
  }

  /** Sums have an order of their own, which is not that of the threads. */
  @ParameterizedTest
  @ValueSource(strings = {"rule=pc pc.steps=2", "rule=gnt", "rule=tp net.width=48"})
  void bitsDoNotDependOnTheOrderOfThreads(String choices) {
    Run one = train(choices + " train.steps=3", () -> HostExecution.open(Precision.FP32, 5));
    Run other = train(choices + " train.steps=3", () -> HostExecution.open(Precision.FP32, 6));
    assertThat(other.losses()).isEqualTo(one.losses());
    assertThat(other.tensors().keySet()).isEqualTo(one.tensors().keySet()).isNotEmpty();
    one.tensors()
        .forEach((name, values) -> assertThat(other.tensors().get(name)).isEqualTo(values));
  }

  /** The order of threads is another in every launch, the result of a run is not. */
  @Test
  void aRunIsRepeatable() {
    String choices = "rule=pepita pepita.dropout=0.1 train.steps=3";
    Run one = train(choices, () -> HostExecution.open(Precision.FP32, 5));
    assertThat(train(choices, () -> HostExecution.open(Precision.FP32, 5)).losses())
        .isEqualTo(one.losses());
  }

  private record Run(List<Double> losses, Map<String, double[]> tensors) {}

  private Run train(String choices, Supplier<Backend> source) {
    Config config = Config.defaults();
    String all = "net.width=32 net.depth=3 train.batch=40 train.steps=" + STEPS + " " + choices;
    for (String assignment : all.split(" ")) {
      config = config.withAssignment(assignment, "test");
    }
    Experiment experiment = Experiment.of(config, _ -> images);
    List<Double> losses = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void onStep(StepMetrics metrics) {
            losses.add(metrics.loss());
          }
        };
    try (Backend backend = source.get();
        Trainer trainer = new Trainer(backend, experiment.spec(), experiment.data())) {
      trainer.evaluateOnlyAtTheEnd();
      trainer.run(listener, new StopSignal());
      Map<String, double[]> tensors = new TreeMap<>();
      trainer.tensors().forEach((name, tensor) -> tensors.put(name, backend.read(tensor)));
      return new Run(losses, tensors);
    }
  }

  private static Backend cpu(Precision precision) {
    return Backends.open("cpu", new BackendOptions(precision, 1, null));
  }
}
