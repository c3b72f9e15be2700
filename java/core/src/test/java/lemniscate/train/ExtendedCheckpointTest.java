package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.config.Config;
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

  private static Trainer trainer(Backend backend, String seed) {
    Config config =
        SmallRuns.with(
            SmallRuns.config(),
            "rule=bp",
            "net.width=" + WIDTH,
            "optim.name=momentum",
            "optim.weightDecay=0.1",
            "seed=" + seed);
    Experiment experiment = Experiment.of(config);
    TrainingSpec spec = experiment.spec();
    return new Trainer(
        backend,
        new TrainingSpec(
            ExtendedSpec.second(spec.network()),
            spec.loss(),
            spec.rule(),
            spec.parameterization(),
            spec.optimizer(),
            spec.learningRate(),
            spec.schedule(),
            spec.normalization(),
            spec.batch(),
            spec.steps(),
            spec.seed()),
        experiment.data());
  }

  @Test
  void startTrainAndComeBack() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    try (Backend backend = Backends.open("reference", BackendOptions.defaults());
        Trainer trainer = trainer(backend, "11");
        Trainer other = trainer(backend, "12")) {
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
        for (String suffix : List.of("", ".firstMoment")) {
          assertThat(reader.entries().get("layer2.kernel" + suffix).shape())
              .containsExactly((long) WIDTH, 3L, 2L, 4L);
          assertThat(reader.entries().get("layer2.gain" + suffix).shape())
              .containsExactly((long) WIDTH);
          assertThat(reader.entries().get("layer2.weight" + suffix).shape())
              .containsExactly((long) WIDTH, (long) WIDTH);
        }
      }
      Checkpoint.restoreWeights(file, other);
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
        Trainer trainer = trainer(backend, "11")) {
      ScalingTable table =
          trainer.network().spec().scalingTable(trainer.spec().parameterization(), 1, 1);
      assertThat(table.toText())
          .contains("K2    hid       7x3x2x4 ")
          .contains("g2    hid bias  7 ");
      assertThat(trainer.network().spec().parameterCount())
          .isEqualTo(
              trainer.network().parameters().stream().mapToLong(p -> p.value().elements()).sum());
    }
  }
}
