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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.journal.JournalContract;
import lemniscate.network.Parameter;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RunTest {

  private static final int STEPS = 20;

  @TempDir private Path folder;

  // ---------------------------------------------------------------- going on bit for bit

  // Stops at the end of an epoch, just after it, within one, and before the first checkpoint is
  // due.
  @ParameterizedTest
  @CsvSource({
    "3, sgd, jacobi, reference",
    "10, momentum, si, reference",
    "11, adam, fpa, cpu",
    "17, adam, ipc, cpu",
    "13, momentum, jacobi, cpu",
    "13, adamw, fpa, cpu",
    "11, muon, jacobi, reference",
    "17, muon, fpa, cpu",
  })
  void stoppingChangesNothing(int stopAt, String optimizer, String scheme, String backend)
      throws IOException {
    Config config =
        with(
            config(),
            "optim.name=" + optimizer,
            "pc.scheme=" + scheme,
            "backend=" + backend,
            "threads=1",
            "net.bias=true",
            "optim.weightDecay=0.01",
            "optim.schedule=cosine");
    assertStoppingChangesNothing(config, stopAt);
    Path broken = folder.resolve("broken");
    assertThat(metrics(broken)).isEqualTo(metrics(folder.resolve("straight")));
  }

  /** The measured rate and its age are part of what goes on. */
  @Test
  void stoppingKeepsTheMeasuredRate() throws IOException {
    assertStoppingChangesNothing(
        with(config(), "pc.rate=auto", "pc.momentum=0.5", "threads=1"), 11);
  }

  // As kill -9 leaves it: the last checkpoint is older than the last line, which is torn.
  @Test
  void goesOnAfterBeingKilled() throws IOException {
    Config config = with(config(), "train.checkpointEvery=4");
    double[] straight = trainStraight(config, folder.resolve("straight"));
    Path killed = folder.resolve("killed");
    stopAfter(14, config, killed);
    Files.delete(checkpoint(killed, 14));
    Files.writeString(killed.resolve("checkpoint-00000014.safetensors.tmp"), "half");
    Files.writeString(
        killed.resolve("metrics.jsonl"), "{\"kind\":\"step\",\"st", StandardOpenOption.APPEND);

    assertThat(resume(killed)).containsExactly(straight);
    assertThat(metrics(killed)).isEqualTo(metrics(folder.resolve("straight")));
  }

  @Test
  void fallsBackFromATornCheckpoint() throws IOException {
    Config config = with(config(), "train.checkpointEvery=4");
    double[] straight = trainStraight(config, folder.resolve("straight"));
    Path torn = folder.resolve("torn");
    stopAfter(12, config, torn);
    byte[] whole = Files.readAllBytes(checkpoint(torn, 12));
    Files.write(checkpoint(torn, 12), Arrays.copyOf(whole, whole.length - 1));

    List<String> log = new ArrayList<>();
    try (Run run = Run.resume(torn, List.of(), log::add)) {
      assertThat(run.trainer().step()).isEqualTo(8);
      assertThat(log).anyMatch(line -> line.startsWith("warning:") && line.contains("00000012"));
      run.train(TrainingListener.NONE, new StopSignal());
      assertThat(contents(run)).containsExactly(straight);
    }
    assertThat(metrics(torn)).isEqualTo(metrics(folder.resolve("straight")));
  }

  @Test
  void aSignalBeforeTheStartStillLeavesACheckpoint() {
    try (Run run = start(config(), folder.resolve("run"))) {
      StopSignal stop = new StopSignal();
      stop.raise();
      TrainingResult result = run.train(TrainingListener.NONE, stop);
      assertThat(result.interrupted()).isTrue();
      assertThat(result.steps()).isZero();
    }
    assertThat(checkpoint(folder.resolve("run"), 0)).exists();
  }

  @Test
  void aFinishedRunSaysSo() throws IOException {
    Path path = folder.resolve("run");
    trainStraight(config(), path);
    List<JsonNode> before = metrics(path);
    try (Run run = Run.resume(path, List.of(), line -> {})) {
      assertThat(run.finished()).isTrue();
      assertThat(run.trainer().result().testAccuracy()).isBetween(0.0, 1.0);
    }
    assertThat(metrics(path)).isEqualTo(before);
  }

  private double[] trainStraight(Config config, Path path) {
    try (Run run = start(config, path)) {
      TrainingResult result = run.train(TrainingListener.NONE, new StopSignal());
      assertThat(result.steps()).isEqualTo(STEPS);
      assertThat(result.interrupted()).isFalse();
      return contents(run);
    }
  }

  /** The feedback, its optimiser's state and the number of draws go on too. */
  @ParameterizedTest
  @CsvSource({
    "3, ldrl, momentum, linear, reference",
    "11, drl, sgd, tanh, cpu",
    "13, dtp, adam, tanh, cpu",
  })
  void stoppingDoesNotChangeLearnedFeedback(
      int stopAt, String variant, String optimizer, String activation, String backend)
      throws IOException {
    Config config =
        with(
            config(),
            "rule=tp",
            "tp.variant=" + variant,
            "tp.feedback=learned",
            "tp.feedbackOptimizer=" + optimizer,
            "tp.activation=" + activation,
            "tp.iterations=2",
            "tp.warmupEpochs=1",
            "backend=" + backend,
            "threads=1",
            "net.bias=true");
    assertStoppingChangesNothing(config, stopAt);
  }

  /** Trains in {@code straight} at one go, and in {@code broken} with a stop. */
  private void assertStoppingChangesNothing(Config config, int stopAt) throws IOException {
    double[] straight = trainStraight(config, folder.resolve("straight"));
    Path broken = folder.resolve("broken");
    stopAfter(stopAt, config, broken);

    assertThat(resume(broken)).containsExactly(straight);
  }

  /** Feedback of another shape or variant than the configuration asks for. */
  @Test
  void refusesFeedbackOfAnotherShape() throws IOException {
    Config config = with(config(), "rule=tp", "tp.variant=ddtp", "tp.hiddenUnits=4");
    Path path = folder.resolve("run");
    start(config, path).close();
    forgetConfiguration(path);
    Config changed = with(config, "tp.hiddenUnits=6");
    Files.writeString(path.resolve("config.yaml"), changed.toYaml());
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("hiddenUnits=4");

    // A file whose description is right and whose feedback is not.
    Files.writeString(path.resolve("config.yaml"), config.toYaml());
    Path file = checkpoint(path, 0);
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertThat(text).contains("\"direct1.weight\":{\"dtype\":\"F32\",\"shape\":[7,4]");
    Seals.edit(file, bytes -> bytes.replace("[7,4]", "[4,7]"));
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("tensor direct1.weight is F32 (4, 7) in the file")
        .hasMessageContaining("asks for F32 (7, 4)");
  }

  // So that the checkpoint alone can tell.
  private static void forgetConfiguration(Path run) throws IOException {
    Path file = run.resolve("provenance.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode provenance = (ObjectNode) mapper.readTree(file.toFile());
    provenance.remove(List.of("config", "configHash"));
    mapper.writeValue(file.toFile(), provenance);
  }

  @Test
  void refusesAProjectionOfAnotherShape() throws IOException {
    Config config = with(config(), "rule=pepita");
    Path path = folder.resolve("run");
    start(config, path).close();
    Path file = checkpoint(path, 0);
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    String entry = "\"projection.weight\":{\"dtype\":\"F32\",\"shape\":";
    assertThat(text).contains(entry + "[32,10]");
    Seals.edit(file, bytes -> bytes.replace(entry + "[32,10]", entry + "[10,32]"));
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("tensor projection.weight is F32 (10, 32) in the file")
        .hasMessageContaining("asks for F32 (32, 10)");
  }

  /** What is measured is measured again, and measuring changes nothing. */
  @ParameterizedTest
  @CsvSource({
    "3, rule=pc, pc.scheme=jacobi, reference",
    "8, rule=pc, pc.scheme=ipc, cpu",
    "10, rule=tp, tp.variant=ldrl, reference",
    "13, rule=pepita, pepita.dropout=0.2, cpu",
  })
  void stoppingDoesNotChangeDiagnostics(int stopAt, String rule, String setting, String backend)
      throws IOException {
    Config plain =
        with(config(), rule, setting, "backend=" + backend, "threads=1", "net.bias=true");
    Config config = with(plain, "metrics.angleTo=bp, gnt", "metrics.feedback=true");
    double[] straight = trainStraight(config, folder.resolve("straight"));
    assertThat(trainStraight(plain, folder.resolve("plain"))).containsExactly(straight);

    for (int steps : new int[] {0, stopAt}) {
      Path broken = folder.resolve("broken" + steps);
      stopAfter(steps, config, broken);
      assertThat(resume(broken)).containsExactly(straight);
      assertThat(metrics(broken)).isEqualTo(metrics(folder.resolve("straight")));
    }
    assertThat(metrics(folder.resolve("straight")))
        .filteredOn(line -> line.has("diagnostics"))
        .extracting(line -> line.get("kind").asText() + line.get("step").asInt())
        .containsExactly("start0", "epoch10", "epoch20");
  }

  private void stopAfter(int steps, Config config, Path path) {
    try (Run run = start(config, path)) {
      TrainingResult result = SmallRuns.train(run, steps);
      assertThat(result.steps()).isEqualTo(steps);
      assertThat(result.interrupted()).isTrue();
    }
  }

  private static double[] resume(Path path) {
    try (Run run = Run.resume(path, List.of("resume"), line -> {})) {
      TrainingResult result = run.train(TrainingListener.NONE, new StopSignal());
      assertThat(result.steps()).isEqualTo(STEPS);
      return contents(run);
    }
  }

  // Everything but what measures the clock.
  private static List<JsonNode> metrics(Path path) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(path.resolve("metrics.jsonl"))) {
      ObjectNode node = (ObjectNode) mapper.readTree(line);
      assertThat(node.remove("time") != null || node.path("kind").asText().equals("start"))
          .as(line)
          .isTrue();
      assertThat(node.remove("crc")).as(line).isNotNull();
      lines.add(node);
    }
    return lines;
  }

  private static Path checkpoint(Path run, int step) {
    return run.resolve("checkpoint-%08d.safetensors".formatted(step));
  }

  // ---------------------------------------------------------------- what a run leaves behind

  @Test
  void writesMetricsConfigAndProvenance() throws IOException {
    Path path = folder.resolve("run");
    trainStraight(config(), path);
    // 20 steps logged every third, and two epochs of 10 steps.
    List<JsonNode> metrics = metrics(path);
    assertThat(metrics)
        .filteredOn(line -> line.get("kind").asText().equals("step"))
        .extracting(line -> line.get("step").asInt())
        .containsExactly(3, 6, 9, 12, 15, 18);
    assertThat(metrics)
        .filteredOn(line -> line.get("kind").asText().equals("epoch"))
        .extracting(line -> line.get("step").asInt())
        .containsExactly(10, 20);
    assertThat(metrics.getFirst().get("energy").isNumber()).isTrue();

    JsonNode provenance = new ObjectMapper().readTree(path.resolve("provenance.json").toFile());
    assertThat(provenance.get("seed").asLong()).isEqualTo(11);
    assertThat(provenance.get("backend").asText()).isEqualTo("reference");
    assertThat(provenance.at("/data/name").asText()).isEqualTo("synthetic");
    assertThat(provenance.at("/data/sha256").asText()).hasSize(64);
    assertThat(provenance.get("commandLine").get(0).asText()).isEqualTo("train");

    Config config = Config.defaults().withYaml(path.resolve("config.yaml"));
    assertThat(config.get(ConfigSchema.OPTIM_LR)).hasValue(0.03);
    assertThat(config.get(ConfigSchema.OUT)).isEmpty();
    // The two newest of the steps 0, 10 and 20.
    assertThat(checkpoint(path, 0)).doesNotExist();
    assertThat(checkpoint(path, 10)).exists();
    assertThat(checkpoint(path, 20)).exists();
  }

  @Test
  void aDivergingRunKeepsItsLastGoodCheckpoint() {
    Path path = folder.resolve("run");
    Config config =
        with(config(), "optim.lr=1e30", "net.activation=relu", "train.checkpointEvery=1");
    try (Run run = start(config, path)) {
      assertThatThrownBy(() -> run.train(TrainingListener.NONE, new StopSignal()))
          .isInstanceOfSatisfying(
              TrainingDivergedException.class,
              e -> {
                assertThat(e.step()).isBetween(1L, 4L);
                assertThat(e.layer()).isBetween(1, 3);
              })
          .hasMessageContaining("smaller optim.lr (it was 1.0E30)");
    }
    try (Model model = Model.load(path)) {
      for (Parameter parameter : model.network().parameters()) {
        double[] values = model.backend().read(parameter.value());
        assertThat(Arrays.stream(values).allMatch(Double::isFinite)).isTrue();
      }
    }
  }

  @Test
  void savesNoWeightsThatAreNotFinite() throws IOException {
    try (Run run = start(config(), folder.resolve("run"))) {
      Tensor weight = run.trainer().network().layer(2).weight().value();
      double[] values = run.trainer().backend().read(weight);
      values[values.length - 1] = Double.NaN;
      run.trainer().backend().upload(values, weight);
      Path file = folder.resolve("bad.safetensors");
      assertThatThrownBy(() -> Checkpoint.write(file, run.trainer()))
          .isInstanceOfSatisfying(
              TrainingDivergedException.class, e -> assertThat(e.layer()).isEqualTo(2));
      try (var files = Files.list(folder)) {
        assertThat(files).containsExactly(folder.resolve("run"));
      }
    }
  }

  @Test
  void evaluatesWithTheScalingOfTheTrainingSet() {
    Path path = folder.resolve("run");
    double loss;
    try (Run run = start(config(), path)) {
      loss = run.train(TrainingListener.NONE, new StopSignal()).testLoss();
    }
    try (Model model = Model.load(path)) {
      assertThat(model.evaluate(model.testSet(null)).loss()).isEqualTo(loss);
    }
    // Fewer training examples have other moments; the test examples are the same.
    try (Model model = Model.load(path, Model.NEWEST, Map.of("data.train", "10"), line -> {})) {
      assertThat(model.evaluate(model.testSet(null)).loss()).isEqualTo(loss);
    }
  }

  // ---------------------------------------------------------------- what is refused

  @Test
  void refusesRunsOfCifarWithTheFeaturesInAnotherOrder() throws IOException {
    Path path = folder.resolve("run");
    start(config(), path).close();
    Path file = path.resolve("provenance.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode provenance = (ObjectNode) mapper.readTree(file.toFile());
    ObjectNode data = (ObjectNode) provenance.get("data");
    assertThat(data.get("order").asText()).isEqualTo("height, width, channels");
    data.put("name", "cifar-10");
    mapper.writeValue(file.toFile(), provenance);
    Model.load(path).close();
    // As runs were described before there was an order to tell.
    data.remove("order");
    mapper.writeValue(file.toFile(), provenance);
    assertThatThrownBy(() -> Model.load(path))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(path + " was trained on cifar-10")
        .hasMessageContaining("train it again");
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("train it again");
  }

  @Test
  void refusesAFolderThatHoldsARun() {
    Path path = folder.resolve("run");
    start(config(), path).close();
    assertThatThrownBy(() -> start(config(), path))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("already holds a run")
        .hasMessageContaining("lemniscate resume " + path);
  }

  @Test
  void refusesWhatIsNoFolder() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    for (Path path : List.of(file, file.resolve("below"))) {
      assertThatThrownBy(() -> start(config(), path))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("cannot be written");
    }
  }

  @Test
  void refusesADiskWithoutRoom() {
    try (RunDirectory directory = RunDirectory.create(folder.resolve("run"))) {
      assertThatThrownBy(() -> directory.requireRoom(3, Long.MAX_VALUE / 2))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("room");
    }
  }

  @Test
  void leavesNoFolderBehindWhenRefusing() {
    Path path = folder.resolve("run");
    assertThatThrownBy(() -> start(with(config(), "precision=bf16"), path))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("bf16");
    assertThat(path).doesNotExist();
  }

  @Test
  void refusesARunThatIsInUse() {
    Path path = folder.resolve("run");
    try (Run run = start(config(), path)) {
      assertThat(run.finished()).isFalse();
      assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("in use");
    }
  }

  // ---------------------------------------------------------------- metrics

  private static List<String> metricLines(Path path) {
    List<String> lines = new ArrayList<>();
    try (RunDirectory directory = RunDirectory.read(path)) {
      directory.readMetrics(line -> lines.add(line.toString()));
    }
    return lines;
  }

  @Test
  void metricsKeepToTheContract() throws IOException {
    Path path = folder.resolve("run");
    trainStraight(with(config(), "train.logEvery=8", "metrics.angleTo=bp"), path);
    JournalContract.check(path.resolve("metrics.jsonl"), () -> metricLines(path));
  }

  @Test
  void readsMetricsOfTheVersionBefore() throws IOException {
    Path file = folder.resolve("metrics.jsonl");
    JournalContract.putOld("run/metrics.jsonl", file);
    JournalContract.putOld("run/config.yaml", folder.resolve("config.yaml"));
    List<String> before = metricLines(folder);
    RunHistory history = RunHistory.read(folder);
    assertThat(history.epochs()).extracting(RunHistory.Epoch::epoch).containsExactly(0L, 1L, 2L);
    assertThat(history.epochs().getFirst().diagnostics())
        .containsEntry("angleTo.bp", 65.24216173640131);
    assertThat(history.epochs().get(1).testLoss()).isEqualTo(1.0668101240066121);
    try (RunDirectory directory = RunDirectory.reopen(folder)) {
      directory.truncateMetrics(10);
      directory.append(Map.of("kind", "step", "step", 11));
    }
    assertThat(metricLines(folder))
        .hasSize(5)
        .startsWith(before.subList(0, 4).toArray(String[]::new));
  }

  /** What was measured before the checkpoint is not dropped for damage. */
  @ParameterizedTest
  @ValueSource(strings = {"NUL", "missing", "folder", "binary", "edited", "no step", "kind"})
  void refusesDamagedMetrics(String damage) throws IOException {
    Path path = folder.resolve("run");
    stopAfter(17, config(), path);
    Path file = path.resolve("metrics.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    String second = lines.get(1);
    String bare = second.replaceFirst(",\"crc\":\"[0-9a-f]{8}\"}$", "}");
    String message =
        switch (damage) {
          case "NUL" -> {
            lines.set(1, second.replace("epoch", "e\0och"));
            yield ":2: is damaged: it holds a NUL";
          }
          case "binary" -> {
            lines.set(0, "\u0001\u0002");
            yield ":1: is damaged: it is not one JSON object";
          }
          case "edited" -> {
            lines.set(1, second.replace("\"step\":6", "\"step\":5"));
            yield ":2: is damaged: its checksum is wrong";
          }
          case "no step" -> {
            lines.set(1, bare.replace("\"step\":6,", ""));
            yield ":2: field step is missing, expected a whole number";
          }
          case "kind" -> {
            lines.set(1, bare.replace("\"kind\":\"step\"", "\"kind\":\"stop\""));
            yield ":2: field kind is \"stop\", expected start, step, reach, epoch or diverged";
          }
          case "missing" -> " is missing";
          default -> " is a folder";
        };
    Files.delete(file);
    if (damage.equals("folder")) {
      Files.createDirectory(file);
    } else if (!damage.equals("missing")) {
      Files.write(file, lines);
    }
    for (Executable command :
        List.<Executable>of(
            () -> Run.resume(path, List.of(), line -> {}).close(), () -> RunHistory.read(path))) {
      assertThatThrownBy(command::execute)
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(file + message)
          .hasMessageContaining("Restore the file, or start a new run");
    }
    if (!damage.equals("folder") && !damage.equals("missing")) {
      assertThat(Files.readAllLines(file)).as("nothing is cut off").isEqualTo(lines);
    }
  }

  @Test
  void refusesWhatIsNoRun() {
    assertThatThrownBy(() -> Run.resume(folder, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("holds no run");
    assertThatThrownBy(() -> Run.resume(folder.resolve("none"), List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("not a folder");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net.width=9: tensor layer1.weight is F32 (7, 32) in the file",
        "net.depth=3: tensor layer3.weight is F32 (10, 7) in the file",
        "net.depth=1: tensor layer2.weight is F32 (7, 7) in the file",
        "net.bias=true: tensor layer1.bias is missing in the file",
        "net.activation=relu: belongs to another network",
        "precision=fp64: asks for F64 (7, 32)",
        "optim.name=momentum: its optimizer is",
        "param.scheme=ntk: its parameterization is",
        "param.baseWidth=8: its parameterization is",
        "rule=bp: its rule is",
        "data.train=52: trained on other contents",
      })
  void refusesACheckpointOfAnotherConfiguration(String change) throws IOException {
    Path path = folder.resolve("run");
    start(config(), path).close();
    forgetConfiguration(path);
    Config changed = with(config(), change.substring(0, change.indexOf(':')));
    Files.writeString(path.resolve("config.yaml"), changed.toYaml());
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(change.substring(change.indexOf(':') + 2));
  }

  @Test
  void refusesWhenEveryCheckpointIsTorn() throws IOException {
    Path path = folder.resolve("run");
    start(config(), path).close();
    Files.writeString(checkpoint(path, 0), "");
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("not a complete safetensors file");
    Files.delete(checkpoint(path, 0));
    assertThatThrownBy(() -> Run.resume(path, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("no checkpoint");
  }

  /** Fixed feedback is that of the run, not drawn anew. */
  @ParameterizedTest
  @CsvSource({"3, fa, momentum, reference", "11, dfa, sgd, cpu", "13, drtp, adam, cpu"})
  void stoppingDoesNotChangeFeedbackAlignment(
      int stopAt, String rule, String optimizer, String backend) throws IOException {
    Config config =
        with(
            config(),
            "rule=" + rule,
            "optim.name=" + optimizer,
            "backend=" + backend,
            "threads=1",
            "net.bias=true");
    assertStoppingChangesNothing(config, stopAt);
  }

  /** What learned feedback follows from is kept to the bit. */
  @ParameterizedTest
  @CsvSource({
    "3, fa, kolen-pollack, momentum, reference",
    "11, fa, kolen-pollack, adam, cpu",
    "13, fa, usf, sgd, cpu",
    "3, fa, brsf, momentum, cpu",
    "11, dfa, kolen-pollack, momentum, cpu",
    "3, dfa, kolen-pollack, adam, reference"
  })
  void stoppingDoesNotChangeMovingFeedback(
      int stopAt, String rule, String mode, String optimizer, String backend) throws IOException {
    Config config =
        with(
            config(),
            "rule=" + rule,
            "feedback.mode=" + mode,
            "optim.name=" + optimizer,
            "optim.weightDecay=0.1",
            "optim.lr=0.01",
            "backend=" + backend,
            "threads=1",
            "net.bias=true");
    assertStoppingChangesNothing(config, stopAt);
  }

  /** So do the projection, what mirrors, and the numbers of masks and noises drawn. */
  @ParameterizedTest
  @CsvSource({
    "3, tl, momentum, reference, net.norm=none",
    "11, modulated, sgd, cpu, net.norm=example",
    "13, hebbian, adam, cpu, pepita.signal=sign",
    "4, modulated, sgd, cpu, pepita.mirrorWarmupEpochs=1",
    "13, hebbian, momentum, reference, pepita.mirrorEvery=1"
  })
  void stoppingDoesNotChangePepita(
      int stopAt, String variant, String optimizer, String backend, String setting)
      throws IOException {
    Config config =
        with(
            config(),
            "rule=pepita",
            "pepita.variant=" + variant,
            "pepita.projection=normal",
            "pepita.dropout=0.2",
            setting,
            "optim.name=" + optimizer,
            "optim.lr=0.01",
            "backend=" + backend,
            "threads=1",
            "net.bias=true");
    assertStoppingChangesNothing(config, stopAt);
  }

  /** So do the number of wrong labels drawn, the layers' mean activities and the phase. */
  @ParameterizedTest
  @CsvSource({"3, 0, adam, reference", "11, 0, sgd, cpu", "13, 1, momentum, cpu"})
  void stoppingDoesNotChangeForwardForward(
      int stopAt, int epochsPerLayer, String optimizer, String backend) throws IOException {
    Config config =
        with(
            config(),
            "rule=ff",
            "ff.peerNormalization=0.2",
            "ff.epochsPerLayer=" + epochsPerLayer,
            "optim.name=" + optimizer,
            "optim.lr=0.01",
            "backend=" + backend,
            "threads=1",
            "net.bias=true");
    assertStoppingChangesNothing(config, stopAt);
  }
}
