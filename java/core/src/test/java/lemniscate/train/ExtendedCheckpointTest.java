package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.mup.ParameterScaling;
import lemniscate.mup.ScalingTable;
import lemniscate.network.ExtendedSpec;
import lemniscate.network.Parameter;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gains, and weights of more than two extents, in training, tables and files. */
final class ExtendedCheckpointTest {

  private static final int WIDTH = 7;

  @TempDir private Path folder;

  private static Experiment experiment(String... values) {
    Config config =
        SmallRuns.with(
            SmallRuns.config(),
            "rule=bp",
            "net.width=" + WIDTH,
            "optim.name=momentum",
            "optim.weightDecay=0.1");
    return Experiment.of(SmallRuns.with(config, values));
  }

  private static TrainingSpec extended(Experiment experiment, int additions) {
    TrainingSpec spec = experiment.spec();
    return new TrainingSpec(
        ExtendedSpec.second(spec.network(), additions),
        spec.loss(),
        spec.rule(),
        spec.parameterization(),
        spec.optimizer(),
        spec.learningRate(),
        spec.schedule(),
        spec.normalization(),
        spec.augmentation(),
        spec.batch(),
        spec.steps(),
        spec.seed());
  }

  private static Trainer trainer(Backend backend, int additions, String... values) {
    Experiment experiment = experiment(values);
    return new Trainer(backend, extended(experiment, additions), experiment.data());
  }

  @Test
  void startTrainAndComeBack() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    try (Backend backend = Backends.open("reference", BackendOptions.defaults());
        Trainer trainer = trainer(backend, 0);
        Trainer other = trainer(backend, 0, "seed=12")) {
      Parameter gain = parameter(trainer, "layer2.gain");
      Parameter kernel = parameter(trainer, "layer2.kernel");
      assertThat(backend.read(gain.value())).hasSize(WIDTH).containsOnly(1);
      assertThat(backend.read(gain.gradient())).containsOnly(0);
      double before = largest(backend, kernel.value());
      assertThat(before).isPositive();
      trainer.run();
      // Nothing uses them, so that decay alone moves the weight, and nothing the gain.
      assertThat(backend.read(gain.value())).containsOnly(1);
      assertThat(largest(backend, kernel.value())).isLessThan(before);

      Checkpoint.write(file, trainer);
      try (SafetensorsReader reader = SafetensorsReader.open(file)) {
        assertThat(reader.metadata()).doesNotContainKey("branchMultiplier");
        for (String suffix : List.of("", ".firstMoment")) {
          assertThat(reader.entries().get("layer2.kernel" + suffix).shape())
              .containsExactly((long) WIDTH, 3L, 2L, 4L);
          assertThat(reader.entries().get("layer2.gain" + suffix).shape())
              .containsExactly((long) WIDTH);
          assertThat(reader.entries().get("layer2.weight" + suffix).shape())
              .containsExactly((long) WIDTH, (long) WIDTH);
        }
      }
      try (SafetensorsReader reader = Checkpoint.open(file)) {
        Checkpoint.restoreWeights(reader, other.backend(), other.network());
      }
      assertThat(backend.read(parameter(other, "layer2.kernel").value()))
          .isEqualTo(backend.read(kernel.value()));
    }
  }

  private static Parameter parameter(Trainer trainer, String name) {
    return trainer.network().parameters().stream()
        .filter(p -> p.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static double largest(Backend backend, Tensor tensor) {
    return Arrays.stream(backend.read(tensor)).map(Math::abs).max().orElseThrow();
  }

  @Test
  void standInTables() {
    try (Backend backend = Backends.open("reference", BackendOptions.defaults());
        Trainer trainer = trainer(backend, 0)) {
      ScalingTable table =
          trainer.network().spec().scalingTable(trainer.spec().parameterization(), 1, 1);
      assertThat(table.toText())
          .contains("K2    hid branch       7x3x2x4 ")
          .contains("g2    hid gain branch  7        ")
          .doesNotContain("cD");
      assertThat(trainer.network().spec().parameterCount())
          .isEqualTo(
              trainer.network().parameters().stream().mapToLong(p -> p.value().elements()).sum());
    }
  }

  /** A file says how branches are scaled, and belongs to no run that scales them otherwise. */
  @Test
  void filesKnowTheDepthExponent() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    try (Backend backend = Backends.open("reference", BackendOptions.defaults());
        Trainer trainer = trainer(backend, 4);
        Trainer same = trainer(backend, 4, "param.depthExponent=0.5");
        Trainer other = trainer(backend, 4, "param.depthExponent=1");
        Trainer chain = trainer(backend, 0);
        Trainer otherChain = trainer(backend, 0, "param.depthExponent=1")) {
      assertThat(trainer.network().scales().branchMultiplier()).isEqualTo(0.5);
      assertThat(other.network().scales().branchMultiplier()).isEqualTo(0.25);
      Checkpoint.write(file, trainer);
      try (SafetensorsReader reader = SafetensorsReader.open(file)) {
        assertThat(reader.metadata()).containsEntry("branchMultiplier", "0.5");
      }
      Checkpoint.restore(file, same);
      assertThatThrownBy(() -> Checkpoint.restore(file, other))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("depth exponent 0.5, the configuration says")
          .hasMessageContaining("depth exponent 1.0");
      // Nothing follows it without branches.
      Checkpoint.write(file, chain);
      Checkpoint.restore(file, otherChain);
    }
  }

  /** The rate of the weight in the branch follows αD; that beside it does not. */
  @Test
  void networksAreScaledByTheirDepth() {
    try (Backend backend = Backends.open("reference", BackendOptions.defaults());
        Trainer trainer = trainer(backend, 4);
        Trainer complete = trainer(backend, 4, "param.depthExponent=1")) {
      ParameterScaling half = parameter(trainer, "layer2.kernel").scaling();
      ParameterScaling one = parameter(complete, "layer2.kernel").scaling();
      assertThat(one.learningRateFactor()).isEqualTo(4 * half.learningRateFactor());
      assertThat(one.epsilonFactor()).isEqualTo(half.epsilonFactor() / 2);
      assertThat(parameter(complete, "layer2.weight").scaling())
          .isEqualTo(parameter(trainer, "layer2.weight").scaling());
    }
  }

  @Test
  void warnsWithTheNetworkAtHand() {
    Experiment experiment = experiment("rule=pc", "pc.gammaExponent=-1");
    assertThat(extended(experiment, 4).check(experiment.data()))
        .singleElement()
        .asString()
        .contains("pc.gammaDepthExponent 0.0 with pc.gammaExponent -1 and 4 residual additions");
    assertThat(extended(experiment, 1).check(experiment.data())).isEmpty();
    Experiment right = experiment("rule=pc", "pc.gammaExponent=-1", "pc.gammaDepthExponent=1");
    assertThat(extended(right, 4).check(right.data())).isEmpty();
  }
}
