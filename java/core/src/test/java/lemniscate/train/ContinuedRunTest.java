package lemniscate.train;

import static lemniscate.train.SmallRuns.config;
import static lemniscate.train.SmallRuns.contents;
import static lemniscate.train.SmallRuns.start;
import static lemniscate.train.SmallRuns.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that are changed on the way: trained beyond their first end, at other learning rates. */
final class ContinuedRunTest {

  @TempDir private Path folder;

  private Path path(String name) {
    return folder.resolve(name);
  }

  // To the end, or to a step; the values of the tensors then.
  private static double[] train(Run run, long until) {
    SmallRuns.train(run, until);
    return contents(run);
  }

  private static double[] train(Config config, Path path, long until) {
    try (Run run = start(config, path)) {
      return train(run, until);
    }
  }

  private static double[] train(Config config, Path path) {
    return train(config, path, Long.MAX_VALUE);
  }

  private static double[] resume(Path path, long until, String... changes) {
    return resume(path, until, line -> {}, changes);
  }

  private static double[] resume(Path path, long until, Consumer<String> log, String... changes) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String change : changes) {
      values.put(
          change.substring(0, change.indexOf('=')), change.substring(change.indexOf('=') + 1));
    }
    try (Run run = Run.resume(path, values, List.of("resume"), log)) {
      return train(run, until);
    }
  }

  private static double[] resume(Path path, String... changes) {
    return resume(path, Long.MAX_VALUE, changes);
  }

  // Lines of the metrics without what measures the clock.
  private static List<JsonNode> metrics(Path path) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(path.resolve("metrics.jsonl"))) {
      ObjectNode node = (ObjectNode) new ObjectMapper().readTree(line);
      node.remove(List.of("time", "crc"));
      lines.add(node);
    }
    return lines;
  }

  private static JsonNode provenance(Path path) throws IOException {
    return new ObjectMapper().readTree(path.resolve("provenance.json").toFile());
  }

  private static void refused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String... parts) {
    assertThatThrownBy(call).isInstanceOf(BadInputException.class).message().contains(parts);
  }

  // ---------------------------------------------------------------- beyond the first end

  @ParameterizedTest
  @CsvSource({
    "rule=pc, pc.scheme=jacobi, adam, reference",
    "rule=pc, pc.scheme=ipc, momentum, cpu",
    "rule=bp, net.bias=true, adamw, cpu",
    "rule=tp, tp.variant=ldrl, sgd, cpu",
    "rule=ff, ff.epochsPerLayer=1, momentum, cpu",
    "rule=pepita, pepita.dropout=0.2, sgd, reference",
  })
  void twoEpochsAndTwoMoreAreFour(String rule, String setting, String optimizer, String backend)
      throws IOException {
    Config config =
        with(
            config(),
            rule,
            setting,
            "optim.name=" + optimizer,
            "optim.lr=0.01",
            "backend=" + backend,
            "threads=1",
            "metrics.feedback=true");
    double[] four = train(with(config, "train.epochs=4"), path("four"));
    train(config, path("two"));

    assertThat(resume(path("two"), "train.epochs=4")).containsExactly(four);
    assertThat(metrics(path("two"))).isEqualTo(metrics(path("four")));
    assertThat(path("two").resolve("config.yaml"))
        .hasSameTextualContentAs(path("four").resolve("config.yaml"));
    JsonNode history = provenance(path("two")).get("history");
    assertThat(history).hasSize(1);
    assertThat(history.get(0).get("step").asLong()).isEqualTo(20);
    assertThat(history.get(0).get("epoch").asDouble()).isEqualTo(2);
    assertThat(history.at("/0/keys/train.epochs/from").asText()).isEqualTo("2");
    assertThat(history.at("/0/keys/train.epochs/to").asText()).isEqualTo("4");
    assertThat(history.at("/0/configHash")).isEqualTo(provenance(path("four")).get("configHash"));
  }

  /** A run that ends within an epoch, and completes it when it is trained on. */
  @Test
  void anEpochIsCompleted() throws IOException {
    double[] four = train(with(config(), "train.epochs=4"), path("four"));
    train(with(config(), "train.steps=15"), path("part"));
    assertThat(resume(path("part"), "train.epochs=4")).containsExactly(four);

    List<JsonNode> lines = metrics(path("part"));
    assertThat(
            lines.removeIf(
                l -> l.get("kind").asText().equals("epoch") && l.get("step").asInt() == 15))
        .as("the part is kept among the lines")
        .isTrue();
    assertThat(lines).isEqualTo(metrics(path("four")));
    assertThat(RunHistory.read(path("part")).epochs())
        .extracting(RunHistory.Epoch::epoch)
        .containsExactly(1L, 2L, 3L, 4L);
  }

  /** The first end of a run that was stopped before it can come nearer, but not to where it is. */
  @Test
  void theEndCanMove() {
    train(with(config(), "train.epochs=4"), path("run"), 13);
    refused(
        () -> resume(path("run"), "train.epochs=1"),
        "has done 13 steps (1.3 epochs)",
        "to end after 10",
        "train.epochs 4 → 1",
        "expected more steps");
    refused(() -> resume(path("run"), "train.steps=13"), "to end after 13");
    double[] two = train(config(), path("two"));
    assertThat(resume(path("run"), "train.epochs=2")).containsExactly(two);
    refused(() -> resume(path("run"), "train.epochs=2", "train.steps=7"), "to end after 7");
  }

  /** Who names epochs means them, whatever steps the run had. */
  @Test
  void epochsGoOverStepsOfBefore() throws IOException {
    train(with(config(), "train.steps=4"), path("run"));
    List<String> log = new ArrayList<>();
    resume(path("run"), Long.MAX_VALUE, log::add, "train.epochs=2");
    assertThat(metrics(path("run")).getLast().get("step").asInt()).isEqualTo(20);
    assertThat(log).contains("from step 5 on (0.4 epochs done): train.steps 4 → unset");
  }

  // ---------------------------------------------------------------- learning rates

  @Test
  void otherLearningRatesCountFromTheChangeOn() throws IOException {
    Config config = with(config(), "train.logEvery=1", "optim.schedule=step", "optim.stepEvery=7");
    train(config, path("run"), 13);
    List<String> log = new ArrayList<>();
    resume(path("run"), 17, log::add, "optim.lr=0.02", "optim.schedule=cosine", "train.epochs=3");
    assertThat(log)
        .anyMatch(l -> l.startsWith("from step 14 on (1.3 epochs done): optim.lr 0.03 → 0.02, "))
        .anyMatch(
            l -> l.startsWith("learning rate of step 14: 0.012") && l.endsWith(", not 0.003"));
    resume(path("run"), "optim.lr=0.5", "optim.schedule=constant");

    List<Double> rates =
        metrics(path("run")).stream()
            .filter(line -> line.get("kind").asText().equals("step"))
            .map(line -> line.get("learningRate").asDouble())
            .toList();
    assertThat(rates).hasSize(30);
    for (int step = 0; step < 30; step++) {
      double cosine = 0.02 * 0.5 * (1 + Math.cos(Math.PI * step / 30));
      double expected = step < 7 ? 0.03 : step < 13 ? 0.003 : step < 17 ? cosine : 0.5;
      // The last bit of the product is the schedule's own affair.
      assertThat(rates.get(step)).isCloseTo(expected, Offset.offset(1e-17));
    }
    assertThat(RunHistory.read(path("run")).changes())
        .extracting(ConfigHistory.Change::step)
        .containsExactly(13L, 17L);
  }

  /**
   * As kill -9 leaves it: after the act and before the first step, between two files, after steps
   * that no checkpoint has, and with the only checkpoint since then torn, so that training goes on
   * from before the change.
   */
  @ParameterizedTest
  @ValueSource(strings = {"at once", "between files", "later", "torn"})
  void aKillChangesNothing(String moment) throws IOException {
    Config config =
        with(config(), "optim.name=adam", "optim.schedule=linear", "train.checkpointEvery=4");
    String[] changes = {"train.epochs=3", "optim.lr=0.007", "optim.schedule=cosine"};
    train(config, path("straight"), 18);
    double[] straight = resume(path("straight"), changes);

    Path killed = path("killed");
    train(config, killed, 18);
    String before = Files.readString(killed.resolve("config.yaml"));
    switch (moment) {
      case "at once", "between files" -> {
        Run.resume(killed, changes(changes), List.of(), line -> {}).close();
        if (moment.equals("between files")) {
          Files.writeString(killed.resolve("config.yaml"), before);
          Model.load(killed).close();
        }
      }
      case "later" -> {
        resume(killed, 23, changes);
        Files.delete(killed.resolve("checkpoint-00000023.safetensors"));
      }
      default -> {
        Run.resume(killed, changes(changes), List.of(), line -> {}).close();
        Path last = killed.resolve("checkpoint-00000018.safetensors");
        Files.write(last, Arrays.copyOf(Files.readAllBytes(last), 900));
      }
    }
    assertThat(resume(killed)).containsExactly(straight);
    assertThat(metrics(killed)).isEqualTo(metrics(path("straight")));
    assertThat(killed.resolve("config.yaml"))
        .hasSameTextualContentAs(path("straight").resolve("config.yaml"));
    assertThat(provenance(killed).get("history")).hasSize(1);
  }

  private static Map<String, String> changes(String... changes) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String change : changes) {
      values.put(change.split("=")[0], change.split("=")[1]);
    }
    return values;
  }

  /** The command of before can be given again. */
  @Test
  void theSameChangeAgainIsNone() throws IOException {
    train(config(), path("run"));
    resume(path("run"), 25, "train.epochs=3");
    resume(path("run"), "train.epochs=3");
    resume(path("run"), "train.epochs=3");
    assertThat(provenance(path("run")).get("history")).hasSize(1);
    assertThat(provenance(path("run")).get("resumed")).hasSize(2);
  }

  // ---------------------------------------------------------------- what is refused

  @ParameterizedTest
  @CsvSource({
    "optim.lr=0.5, optim.lr is 0.5, but the run has 0.03, --optim.lr 0.5",
    "train.epochs=7, train.epochs is 7, but the run has 2, --train.epochs 7",
    "train.keepCheckpoints=5, train.keepCheckpoints is 5, but the run has 2, --train.keepCheckpoints 5",
    "seed=12, seed is 12, but the run has 11, train a new run",
    "train.batch=6, train.batch is 6, but the run has 5, train a new run",
    "loss=ce, loss is ce, but the run has mse, train a new run",
    "data.normalize=unit, data.normalize is unit, but the run has standard, train a new run",
    "optim.weightDecay=0.1, optim.weightDecay is 0.1, but the run has 0, train a new run",
    "pc.steps=4, pc.steps is 4, but the run has 3, train a new run",
    "net.width=9, net.width is 9, but the run has 7, train a new run",
    "precision=fp64, precision is fp64, but the run has fp32, train a new run",
  })
  void editsAreRefused(String edit, String values, String truth, String remedy) throws IOException {
    Path run = path("run");
    train(config(), run, 13);
    Path file = run.resolve("config.yaml");
    Config own = Config.defaults().withYaml(file);
    Files.writeString(file, with(own, edit).toYaml());
    String edited = Files.readString(file);
    String provenance = Files.readString(run.resolve("provenance.json"));
    String[] parts = {file + " was edited: " + values + ", " + truth, "Undo it", remedy};
    refused(() -> resume(run), parts);
    refused(() -> resume(run, "train.epochs=9"), parts);
    refused(() -> Model.load(run).close(), parts);
    assertThat(file).hasContent(edited);
    assertThat(run.resolve("provenance.json")).hasContent(provenance);
    Files.writeString(file, own.toYaml());
    resume(run);
  }

  /** Keys that are deleted, and several at once. */
  @Test
  void whatIsTakenOutIsRefusedToo() throws IOException {
    Path run = path("run");
    train(config(), run);
    Path file = run.resolve("config.yaml");
    Files.writeString(
        file, Files.readString(file).replaceAll("(?m)^(seed: 11|  lr: 0.03|  batch: 5)\n", ""));
    refused(
        () -> resume(run),
        "optim.lr is unset, but the run has 0.03",
        "train.batch is 128, but the run has 5",
        "seed is 0, but the run has 11");
  }

  @ParameterizedTest
  @CsvSource({
    "seed=12, seed is 12",
    "train.batch=6, train.batch is 6",
    "loss=ce, loss is ce",
    "data.normalize=unit, data.normalize is unit",
    "data.train=50, data.train is 50",
    "optim.name=adam, optim.name is adam",
    "optim.weightDecay=0.1, optim.weightDecay is 0.1",
    "net.width=9, net.width is 9",
    "pc.steps=4, pc.steps is 4",
    "out=elsewhere, out is elsewhere",
    "optim.lr=-1, optim.lr is '-1'",
    "optim.warmupSteps=5, schedule constant has no rise",
    "lr=3, unknown key 'lr'",
  })
  void whatCannotChangeIsRefused(String change, String message) throws IOException {
    Path run = path("run");
    train(config(), run, 13);
    String provenance = Files.readString(run.resolve("provenance.json"));
    refused(() -> resume(run, change), message);
    assertThat(run.resolve("provenance.json")).hasContent(provenance);
  }

  /** What is asked for must not be left undone in silence. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "optim.lr=0.01",
        "optim.schedule=cosine",
        "train.log=tensorboard",
        "metrics.angleTo=bp"
      })
  void ofAFinishedRunNothingChanges(String change) throws IOException {
    Path run = path("run");
    train(config(), run);
    String provenance = Files.readString(run.resolve("provenance.json"));
    refused(
        () -> resume(run, change), "has done its 20 steps", "would change nothing", "--epochs N");
    assertThat(run.resolve("provenance.json")).hasContent(provenance);
    resume(run, "threads=1");
  }

  @Test
  void independentDecayKeepsItsLearningRate() {
    Config config = with(config(), "optim.name=adamw", "optim.weightDecay=0.1");
    train(config, path("run"), 13);
    refused(
        () -> resume(path("run"), "optim.lr=0.01"),
        "optim.lr is 0.01, but the run has 0.03",
        "independent");
    resume(path("run"), "optim.schedule=cosine");
  }

  /** Runs of a version that kept no configuration beside the file tell edits by their hash. */
  @Test
  void runsOfBefore() throws IOException {
    Path run = path("run");
    train(config(), run);
    ObjectNode provenance = (ObjectNode) provenance(run);
    provenance.remove("config");
    new ObjectMapper().writeValue(run.resolve("provenance.json").toFile(), provenance);
    Path file = run.resolve("config.yaml");
    String whole = Files.readString(file);
    Files.writeString(file, whole.replace("seed: 11", "seed: 12"));
    refused(() -> resume(run, "train.epochs=3"), file + " was edited", "hash");
    Files.writeString(file, whole);
    assertThat(resume(run, "train.epochs=3"))
        .containsExactly(train(with(config(), "train.epochs=3"), path("three")));
    assertThat(RunHistory.read(run).changes()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config | [1] | field config",
        "config | {\"seed\": 5} | field config",
        "config | {\"sede\": \"5\"} | unknown key 'sede'",
        "history | 3 | field history",
        "history | [{\"step\": 3}] | field history",
        "history | [{\"step\": -3, \"epoch\": 1, \"time\": \"\", \"keys\": {}}] | field history",
        "history | [{\"step\": 3, \"epoch\": 1, \"time\": \"\", \"keys\": {\"seed\": 4}}] | field history",
      })
  void damageIsRefused(String field, String value, String message) throws IOException {
    Path run = path("run");
    train(config(), run);
    ObjectNode provenance = (ObjectNode) provenance(run);
    provenance.set(field, new ObjectMapper().readTree(value));
    Path file = run.resolve("provenance.json");
    new ObjectMapper().writeValue(file.toFile(), provenance);
    refused(() -> resume(run), file.toString(), message);
    refused(() -> Model.load(run).close(), file.toString(), message);
    refused(() -> RunHistory.read(run), file.toString(), message);
  }

  /** Every key can be changed, or is one that the steps so far have depended on. */
  @Test
  void keysThatCanChange() {
    assertThat(ConfigSchema.KEYS.stream().filter(ConfigHistory::isChangeable).map(Object::toString))
        .contains("train.epochs", "train.steps", "optim.lr", "optim.schedule", "backend", "threads")
        .doesNotContain("seed", "train.batch", "loss", "rule", "out", "precision", "data.train");
  }
}
