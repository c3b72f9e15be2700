package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

  /** The folder as that version left it: lines without checksums, files without seals. */
  @Test
  void aWholeRunOfThenIsResumedAndEvaluated() throws IOException {
    Path old = folder.resolve("old");
    SmallRuns.start(CONFIG, old).close();
    Files.delete(old.resolve("checkpoint-00000000.safetensors"));
    Files.copy(file, old.resolve("checkpoint-00000013.safetensors"));
    Files.writeString(
        old.resolve("metrics.jsonl"),
        """
        {"kind":"step","step":9,"epoch":1,"loss":0.5,"learningRate":0.03,"time":{"seconds":0.1,"examplesPerSecond":9.5}}
        {"kind":"step","step":15,"epoch":2,"loss":0.5,"learningRate":0.03,"time":{"seconds":0.1,"examplesPerSecond":9.5}}
        """);
    try (Model model = Model.load(old)) {
      assertThat(model.evaluate(model.testSet(null)).loss()).isEqualTo(0.5922816799873638);
    }
    try (Run run = Run.resume(old, List.of(), line -> {})) {
      assertThat(run.train(TrainingListener.NONE, new StopSignal()).testLoss())
          .isEqualTo(0.45303611838744834);
    }
    List<String> lines = Files.readAllLines(old.resolve("metrics.jsonl"));
    assertThat(lines.getFirst()).startsWith("{\"kind\":\"step\",\"step\":9,").doesNotContain("crc");
    assertThat(lines.get(1)).as("after the checkpoint, measured again").contains("crc");
    assertThat(RunHistory.read(old).accuracies()).isNotEmpty();
    assertThat(old.resolve("checkpoint-00000020.safetensors")).exists();
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
