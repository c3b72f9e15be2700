package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.config.ConfigSchema;
import lemniscate.data.DataSplits;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import lemniscate.data.NpzOutput;
import lemniscate.data.NpzWriter;
import lemniscate.data.TestSet;
import lemniscate.tensor.Arena;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ModelTest {

  @TempDir private Path folder;

  private Path trained(String... assignments) {
    Path path = folder.resolve("run");
    try (Run run = SmallRuns.start(SmallRuns.with(SmallRuns.config(), assignments), path)) {
      run.train(TrainingListener.NONE, new StopSignal());
    }
    return path;
  }

  private static double[][] rows(Dataset data) {
    double[][] rows = new double[data.size()][data.features()];
    float[] row = new float[data.features()];
    for (int i = 0; i < rows.length; i++) {
      data.copyFeatures(i, Normalization.none(), row, 0);
      for (int j = 0; j < row.length; j++) {
        rows[i][j] = row[j];
      }
    }
    return rows;
  }

  private double[][] own() {
    Config config = SmallRuns.config();
    return rows(Experiment.data(config).test());
  }

  /** 23 examples in batches of 5; what the loss and accuracy of the evaluation were made of. */
  @ParameterizedTest
  @ValueSource(strings = {"ce", "mse"})
  void answersAreThoseThatTheEvaluationSaw(String loss) {
    Path path = trained("loss=" + loss);
    try (Model model = Model.load(path)) {
      TestSet test = model.testSet(null);
      Predictions answers = model.predict(own());
      Evaluation known = model.evaluate(test);
      assertThat(known.accuracy()).isEqualTo(model.progress().testAccuracy());
      assertThat(known.loss()).isEqualTo(model.progress().testLoss());
      assertThat(answers.examples()).isEqualTo(23);
      int correct = 0;
      double total = 0;
      for (int i = 0; i < 23; i++) {
        double[] scores = answers.scores(i);
        int label = test.examples().label(i);
        assertThat(scores[answers.classes()[i]])
            .isEqualTo(Arrays.stream(scores).max().orElseThrow());
        correct += answers.classes()[i] == label ? 1 : 0;
        if (loss.equals("ce")) {
          double[] p = answers.probabilities(i);
          assertThat(Arrays.stream(p).sum()).isCloseTo(1, within(1e-14)); // ten roundings
          total -= Math.log(p[label]);
        } else {
          assertThat(answers.probabilities(i)).isEmpty();
          for (int j = 0; j < scores.length; j++) {
            double e = (j == label ? 1 : 0) - scores[j];
            total += 0.5 * e * e;
          }
        }
      }
      assertThat(correct / 23.0).isEqualTo(known.accuracy());
      assertThat(total / 23).isCloseTo(known.loss(), within(1e-13)); // order of the sum
      assertThat(answers.evaluation().loss()).isNaN();
      assertThat(model.predict(test).evaluation()).isEqualTo(known);
    }
  }

  /** Whatever else is answered at the same time. */
  @Test
  void anExampleAloneHasTheAnswerItHasAmongOthers() {
    Path path = trained();
    try (Model model = Model.load(path);
        Arena arena = model.backend().newArena()) {
      double[][] inputs = own();
      Predictions all = model.predict(inputs);
      assertThat(model.predict(new double[][] {inputs[22]}).scores(0)).isEqualTo(all.scores(22));
      Tensor tensor = arena.allocate(new Shape(2, inputs[0].length));
      for (int i = 0; i < 2; i++) {
        model.backend().upload(inputs[20 + i], tensor.rows(i, 1));
      }
      assertThat(model.predict(tensor).scores(1)).isEqualTo(all.scores(21));
    }
  }

  /** With what training had: not with moments of the examples, of which there is one. */
  @Test
  void scalesAsInTraining() throws IOException {
    Path path = trained();
    Path file = folder.resolve("one.npz");
    double[][] inputs = own();
    try (NpzOutput npz = new NpzOutput(Files.newOutputStream(file))) {
      npz.doubles("x", inputs[3], 1, inputs[3].length);
    }
    try (Model model = Model.load(path)) {
      assertThat(model.normalization().kind()).isEqualTo(Normalization.Kind.STANDARD);
      assertThat(model.predict(file).scores(0)).isEqualTo(model.predict(inputs).scores(3));
    }
  }

  /** Images and labels in IDX files of their own, and images in an NPY file. */
  @Test
  void readsSingleFiles() throws IOException {
    Path path = trained("data.name=fashion-mnist-mini", "train.steps=1");
    byte[] pixels = new byte[2 * 784];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 7);
    }
    Path images = folder.resolve("images");
    Files.write(
        images,
        ByteBuffer.allocate(16 + pixels.length)
            .putInt(0x803)
            .putInt(2)
            .putInt(28)
            .putInt(28)
            .put(pixels)
            .array());
    Path labels = folder.resolve("labels");
    Files.write(
        labels, ByteBuffer.allocate(10).putInt(0x801).putInt(2).put(new byte[] {3, 9}).array());
    double[][] numbers = new double[2][784];
    for (int i = 0; i < pixels.length; i++) {
      numbers[i / 784][i % 784] = (pixels[i] & 0xff) / 255.0;
    }
    Map<String, String> changes = Map.of("data.name", "idx:" + images);
    try (Model model = Model.load(path, Model.NEWEST, changes, line -> {})) {
      Predictions answers = model.predict(images);
      // Rounded once more, when they became float32.
      assertThat(answers.scores(1)).containsExactly(model.predict(numbers).scores(1), within(1e-5));
      TestSet set = model.testSet(labels);
      assertThat(set.labels()).containsExactly(3, 9);
      assertThat(model.predict(set).scores()).isEqualTo(answers.scores());
      refused(() -> model.testSet(images), "integers, expected one class label");
    }
  }

  /** Neither the set that was trained on nor the number of its examples matters. */
  @Test
  void needsNoDataOfTraining() throws IOException {
    DataSplits data = Experiment.data(SmallRuns.config());
    Path set = folder.resolve("set.npz");
    NpzWriter.write(data, set);
    Path path = trained("data.name=npz:" + set, "data.train=unset", "data.test=unset");
    double expected;
    try (Model model = Model.load(path)) {
      expected = model.evaluate(model.testSet(null)).loss();
      assertThat(model.epochs()).isEqualTo(2);
    }
    Dataset few = data.test().subset(3);
    double[] x = Arrays.stream(rows(few)).flatMapToDouble(Arrays::stream).toArray();
    Path own = folder.resolve("own.npz");
    try (NpzOutput npz = new NpzOutput(Files.newOutputStream(own))) {
      npz.floats("x_test", x, 3, 32);
      npz.integers("y_test", TestSet.answered(few).labels());
      npz.floats("x_train", new double[] {1}, 1, 1);
    }
    Files.delete(set);
    Map<String, String> changes = Map.of("data.name", own.toString());
    try (Model model = Model.load(path, Model.NEWEST, changes, line -> {})) {
      assertThat(model.evaluate(model.testSet(null)).examples()).isEqualTo(3);
      assertThat(model.evaluate(TestSet.answered(data.test())).loss()).isEqualTo(expected);
    }
  }

  @Test
  void takesTheCheckpointThatIsNamed() {
    Path path = trained("train.checkpointEvery=5", "train.keepCheckpoints=9", "optim.lr=0.1");
    double best = -1;
    for (long step : new long[] {10, 15, 20}) {
      try (Model model = Model.load(path, Long.toString(step), Map.of(), line -> {})) {
        assertThat(model.progress().step()).isEqualTo(step);
        assertThat(model.epochs()).isEqualTo(step / 10.0);
        best = Math.max(best, model.progress().testAccuracy());
      }
    }
    try (Model model = Model.load(path, Model.BEST, Map.of(), line -> {})) {
      assertThat(model.progress().testAccuracy()).isEqualTo(best);
    }
    Path file = path.resolve("checkpoint-00000005.safetensors");
    try (Model model = Model.load(path, file.toString(), Map.of(), line -> {})) {
      assertThat(model.checkpoint()).isEqualTo(file);
    }
    refused(() -> load(path, "7"), "no checkpoint of that step", "[0, 5, 10, 15, 20]");
    refused(() -> load(path, "latest"), "--checkpoint is latest", "newest, best");
    refused(
        () -> load(path, path.resolve("config.yaml").toString()),
        "not a complete safetensors file");
  }

  private static void load(Path path, String which) {
    Model.load(path, which, Map.of(), line -> {}).close();
  }

  private static void refused(Runnable what, String... parts) {
    assertThatThrownBy(what::run).isInstanceOf(BadInputException.class).message().contains(parts);
  }

  /** Runs of a machine with a device, on one without. */
  @Test
  void takesAnotherBackendWhereTheRunsIsNotHere() throws IOException {
    Path path = trained();
    Path file = path.resolve("config.yaml");
    String text = Files.readString(file);
    Config config =
        SmallRuns.with(Config.defaults().withYaml(text, "test"), "backend=nd4j", "precision=bf16");
    Files.writeString(file, config.toYaml());
    Path facts = path.resolve("provenance.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode provenance = (ObjectNode) mapper.readTree(facts.toFile());
    provenance.remove(List.of("config", "configHash"));
    mapper.writeValue(facts.toFile(), provenance);
    List<String> log = new ArrayList<>();
    try (Model model = Model.load(path, Model.NEWEST, Map.of(), log::add)) {
      assertThat(model.predict(own()).examples()).isEqualTo(23);
    }
    assertThat(log).anyMatch(line -> line.contains("nd4j, which the run used, is not usable here"));
    refused(
        () -> Model.load(path, Model.NEWEST, Map.of("backend", "nd4j"), line -> {}).close(),
        "nd4j");
  }

  @Test
  void refusesWhatTheNetworkCannotRead() throws IOException {
    Path path = trained();
    try (Model model = Model.load(path)) {
      refused(() -> model.predict(new double[2][31]), "examples of 31", path + " takes 32");
      refused(() -> model.predict(new double[0][0]), "at least one example");
      refused(
          () -> model.predict(new double[][] {new double[32], new double[3]}), "example 1 has 3");
      double[][] infinite = new double[2][32];
      infinite[1][2] = Double.NaN;
      refused(() -> model.predict(infinite), "feature 2 of example 1");
      float[] x = new float[64];
      refused(
          () -> model.evaluate(TestSet.answered(Dataset.ofFloats("d", x, 32, new int[2], 3))),
          "has 3 classes",
          "gives 10");
      refused(
          () -> model.evaluate(TestSet.answered(Dataset.ofFloats("d", x, 32, new float[2], 1))),
          "1 targets an example",
          "or class labels as integers");
      refused(() -> model.evaluate(TestSet.of("d", new double[2][32])), "no labels or targets");
    }
  }

  /** What a run of before does not say of its data. */
  @Test
  void runsOfBefore() throws IOException {
    Path path = trained();
    Path file = path.resolve("provenance.json");
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode provenance = (ObjectNode) mapper.readTree(file.toFile());
    ((ObjectNode) provenance.get("data")).remove(List.of("elements", "answers"));
    mapper.writeValue(file.toFile(), provenance);
    try (Model model = Model.load(path)) {
      assertThat(model.classifies()).isTrue();
      assertThat(model.predict(own()).classes()).hasSize(23);
      assertThat(model.warning(model.testSet(null))).isEmpty();
    }
  }

  @Test
  void regressionHasNoClasses() {
    Path path = trained("data.name=synthetic-regression");
    try (Model model = Model.load(path)) {
      assertThat(model.classifies()).isFalse();
      Predictions answers = model.predict(model.testSet(null));
      assertThat(answers.classes()).isEmpty();
      assertThat(answers.evaluation().loss()).isEqualTo(model.progress().testLoss());
    }
  }

  @Test
  void saysWhereBytesAndNumbersMix() {
    Path path = folder.resolve("run");
    Config config =
        SmallRuns.with(SmallRuns.config(), "data.name=fashion-mnist-mini", "train.steps=1");
    try (Run run = SmallRuns.start(config, path)) {
      run.train(TrainingListener.NONE, new StopSignal());
    }
    try (Model model = Model.load(path)) {
      assertThat(model.warning(model.testSet(null))).isEmpty();
      assertThat(model.warning(TestSet.of("d", new double[1][784])))
          .hasValueSatisfying(text -> assertThat(text).contains("0 to 1"));
      // A row of numbers is an image of as many.
      assertThat(model.predict(new double[1][784]).classes()).hasSize(1);
      Dataset bytes = model.testSet(null).examples();
      double[][] numbers = rows(bytes.subset(2));
      for (double[] row : numbers) {
        Arrays.setAll(row, i -> row[i] / 255);
      }
      // Rounded once more, when they became float32.
      assertThat(model.predict(numbers).scores(1))
          .containsExactly(model.predict(model.testSet(null)).scores(1), within(1e-5));
      assertThat(model.config().get(ConfigSchema.DATA_NAME)).isEqualTo("fashion-mnist-mini");
    }
  }
}
