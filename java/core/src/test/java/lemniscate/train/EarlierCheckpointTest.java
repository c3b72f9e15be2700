package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import lemniscate.config.Config;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A checkpoint that was written before files described their network: step 13 of 20 of the
 * configuration below, on the reference backend. The losses are those that the program of then
 * found.
 */
final class EarlierCheckpointTest {

  private static final Config CONFIG =
      SmallRuns.with(
          SmallRuns.config(),
          "rule=bp",
          "param.scheme=ntk",
          "net.bias=true",
          "net.depth=3",
          "optim.name=momentum");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void unpack() throws IOException {
    file = folder.resolve("checkpoint.safetensors");
    try (InputStream in =
        Objects.requireNonNull(
            EarlierCheckpointTest.class.getResourceAsStream("checkpoint-1.safetensors"))) {
      Files.copy(in, file);
    }
  }

  @Test
  void goesOn() {
    try (Run run = SmallRuns.start(CONFIG, folder.resolve("run"))) {
      Checkpoint.restore(file, run.trainer());
      assertThat(run.trainer().step()).isEqualTo(13);
      TrainingResult result = run.train(TrainingListener.NONE, new StopSignal());
      assertThat(result.steps()).isEqualTo(20);
      assertThat(result.trainLoss()).isEqualTo(0.48050666889318594);
      assertThat(result.testLoss()).isEqualTo(0.45303611838744834);
    }
  }

  @Test
  void isEvaluated() {
    SmallRuns.start(CONFIG, folder.resolve("run")).close();
    try (Model model = Model.load(folder.resolve("run"), file.toString(), Map.of(), line -> {})) {
      Evaluation found = model.evaluate(model.testSet(null));
      assertThat(found.loss()).isEqualTo(0.5922816799873638);
      assertThat(found.accuracy()).isEqualTo(7.0 / 23);
    }
  }
}
