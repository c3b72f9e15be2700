package lemniscate.train;

import static lemniscate.train.SmallRuns.config;
import static lemniscate.train.SmallRuns.contents;
import static lemniscate.train.SmallRuns.start;
import static lemniscate.train.SmallRuns.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a validation set decides: when training stops, and which checkpoint is kept. */
final class BestCheckpointTest {

  private static final int PER_EPOCH = 8;

  @TempDir private Path folder;

  // 40 training and 13 validation examples, on which the loss soon gets worse.
  private static Config small() {
    return with(
        config(),
        "data.validation=13",
        "train.epochs=60",
        "optim.lr=0.2",
        "train.stopAfter=3",
        "train.keepBest=true");
  }

  private static double[] train(Config config, Path path) {
    try (Run run = start(config, path)) {
      return train(run, Long.MAX_VALUE);
    }
  }

  private static double[] train(Run run, long until) {
    SmallRuns.train(run, until);
    return contents(run);
  }

  private static double[] resume(Path path, Map<String, String> changes) {
    try (Run run = Run.resume(path, changes, List.of(), line -> {})) {
      return train(run, Long.MAX_VALUE);
    }
  }

  private record Line(long step, double accuracy, double loss) {}

  private static List<Line> evaluations(Path path) throws IOException {
    List<Line> lines = new ArrayList<>();
    for (String text : Files.readAllLines(path.resolve("metrics.jsonl"))) {
      JsonNode node = new ObjectMapper().readTree(text);
      if (node.get("kind").asText().equals("epoch")) {
        double accuracy =
            node.get("testAccuracy").isNull() ? 0 : node.get("testAccuracy").asDouble();
        lines.add(new Line(node.get("step").asLong(), accuracy, node.get("testLoss").asDouble()));
      }
    }
    return lines;
  }

  private static Line best(List<Line> lines) {
    Line best = lines.getFirst();
    for (Line line : lines) {
      if (line.accuracy() > best.accuracy()
          || line.accuracy() == best.accuracy() && line.loss() < best.loss()) {
        best = line;
      }
    }
    return best;
  }

  private static List<String> names(Path path, String prefix) throws IOException {
    try (var files = Files.list(path)) {
      return files.map(f -> f.getFileName().toString()).filter(f -> f.startsWith(prefix)).toList();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data.name=synthetic", "data.name=synthetic-regression"})
  void stopsAndKeepsTheBest(String data) throws IOException {
    Path path = folder.resolve("run");
    try (Run run = start(with(small(), data), path)) {
      TrainingResult result = run.train(TrainingListener.NONE, new StopSignal());
      assertThat(result.interrupted()).isFalse();
      assertThat(run.finished()).isTrue();
      assertThat(run.trainer().stoppedEarly()).isTrue();
    }
    List<Line> lines = evaluations(path);
    Line best = best(lines);
    assertThat(lines.size()).isBetween(4, 59);
    assertThat(lines.getLast().step()).isEqualTo(best.step() + 3 * PER_EPOCH);
    assertThat(names(path, "best-"))
        .containsExactly("best-%08d.safetensors".formatted(best.step()));
    assertThat(names(path, "checkpoint-")).hasSize(2);
    try (Model model = Model.load(path, Model.BEST, Map.of(), line -> {})) {
      assertThat(model.progress().step()).isEqualTo(best.step());
      assertThat(model.evaluate(model.testSet(null)).loss()).isEqualTo(best.loss());
    }
  }

  /** What is waited for, and what is kept, are parts of what goes on. */
  @ParameterizedTest
  @CsvSource({"1", "13", "16", "22"})
  void stoppingChangesNothing(int stopAt) throws IOException {
    double[] straight = train(small(), folder.resolve("straight"));
    Path broken = folder.resolve("broken");
    try (Run run = start(small(), broken)) {
      train(run, stopAt);
    }
    assertThat(resume(broken, Map.of())).containsExactly(straight);
    assertThat(evaluations(broken)).isEqualTo(evaluations(folder.resolve("straight")));
    assertSameBest(broken);
    // Once ended, it has.
    assertThat(resume(broken, Map.of())).containsExactly(straight);
  }

  private void assertSameBest(Path path) throws IOException {
    List<String> names = names(folder.resolve("straight"), "best-");
    assertThat(names(path, "best-")).isEqualTo(names);
    try (SafetensorsReader one = Checkpoint.open(path.resolve(names.getFirst()));
        SafetensorsReader other =
            Checkpoint.open(folder.resolve("straight").resolve(names.getFirst()))) {
      for (SafetensorsEntry entry : one.entries().values()) {
        int count = Math.toIntExact(entry.shape().stream().reduce(1L, (a, b) -> a * b));
        assertThat(one.read(entry, 0, count)).isEqualTo(other.read(entry, 0, count));
      }
    }
  }

  /** A kill between the best checkpoint and the next one: the run goes back behind it. */
  @Test
  void aKillLosesNoBest() throws IOException {
    double[] straight = train(small(), folder.resolve("straight"));
    Path killed = folder.resolve("killed");
    long best = best(evaluations(folder.resolve("straight"))).step();
    try (Run run = start(small(), killed)) {
      StopSignal stop = new StopSignal();
      run.train(
          new TrainingListener() {
            @Override
            public void onEpoch(EpochMetrics metrics) {
              if (metrics.step() == best) {
                stop.raise();
              }
            }
          },
          stop);
    }
    Path file = killed.resolve("checkpoint-%08d.safetensors".formatted(best));
    Files.delete(file);
    assertThat(names(killed, "best-")).hasSize(1);
    try (Run run = Run.resume(killed, List.of(), line -> {})) {
      assertThat(run.trainer().step()).isEqualTo(best - PER_EPOCH);
      assertThat(names(killed, "best-")).as("a step that is no longer done").isEmpty();
      assertThat(train(run, Long.MAX_VALUE)).containsExactly(straight);
    }
    assertSameBest(killed);
  }

  @Test
  void waitsLongerWhereItIsToldTo() throws IOException {
    Path path = folder.resolve("run");
    train(small(), path);
    assertThatThrownBy(() -> resume(path, Map.of("train.epochs", "70")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("ended after 3 evaluations that found nothing better")
        .hasMessageContaining("train.stopAfter is 3")
        .hasMessageContaining("--train.stopAfter unset");
    double[] more = resume(path, Map.of("train.stopAfter", "5"));
    assertThat(more)
        .containsExactly(train(with(small(), "train.stopAfter=5"), folder.resolve("five")));
    resume(path, Map.of("train.stopAfter", "unset"));
    assertThat(evaluations(path)).hasSize(60);
  }

  @ParameterizedTest
  @CsvSource({
    "train.stopAfter=2, train.stopAfter is 2",
    "train.keepBest=true, train.keepBest is true",
  })
  void needsValidation(String setting, String message) {
    assertThatThrownBy(() -> start(with(config(), setting), folder.resolve("run")))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message + ", but data.validation is unset")
        .hasMessageContaining("hold back some of the training examples");
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"train.stopAfter=0", "train.stopAfter=often", "train.keepBest=3"})
  void refusesOtherValues(String setting) {
    assertThatThrownBy(() -> with(config(), setting))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(setting.substring(0, setting.indexOf('=')));
  }

  /** Neither key is part of runs that do without. */
  @Test
  void hashesStay() {
    assertThat(config().toYaml()).doesNotContain("stopAfter", "keepBest");
    assertThat(with(config(), "train.keepBest=true").hash()).isEqualTo(config().hash());
    assertThat(with(config(), "train.stopAfter=3").hash()).isNotEqualTo(config().hash());
  }

  @Test
  void theFirstOfTheBestCounts() {
    BestEvaluation best = BestEvaluation.NONE;
    double[][] found = {{0.5, 2}, {0.5, 2}, {0.4, 1}, {0.5, 1.5}, {0.6, 3}, {0.6, 3.5}};
    long[] expected = {0, 0, 0, 3, 4, 4};
    int[] since = {0, 1, 2, 0, 0, 1};
    for (int i = 0; i < found.length; i++) {
      best = best.after(i, new Evaluation(7, found[i][1], found[i][0]));
      assertThat(best.step()).isEqualTo(expected[i]);
      assertThat(best.since()).isEqualTo(since[i]);
    }
    best = BestEvaluation.NONE;
    for (int i = 0; i < found.length; i++) {
      best = best.after(i, new Evaluation(7, found[i][1], Double.NaN));
    }
    assertThat(best.step()).isEqualTo(2);
    assertThat(best.since()).isEqualTo(3);
  }
}
