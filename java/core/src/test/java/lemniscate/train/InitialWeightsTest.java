package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lemniscate.config.BadInputException;
import lemniscate.config.Config;
import lemniscate.journal.JsonLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InitialWeightsTest {

  private static final String[] IMAGES = {
    "rule=bp",
    "net.preset=lenet",
    "net.bias=true",
    "net.width=3",
    "data.name=fashion-mnist-mini",
    "data.test=7",
    "precision=fp64",
    "train.steps=2"
  };

  @TempDir private Path folder;

  private static Config config(String... assignments) {
    return SmallRuns.with(SmallRuns.with(SmallRuns.config(), "precision=fp64"), assignments);
  }

  private Path trained(String name, Config config) {
    Path path = folder.resolve(name);
    try (Run run = SmallRuns.start(config, path)) {
      run.train(TrainingListener.NONE, new StopSignal());
    }
    return path;
  }

  private static Path newest(Path run) {
    try (Model model = Model.load(run)) {
      return model.checkpoint();
    }
  }

  private static double[] answers(Path run, String checkpoint) {
    try (Model model = Model.load(run, checkpoint, Map.of(), line -> {})) {
      return model.predict(model.testSet(null)).scores();
    }
  }

  /** What a run that starts with weights of a file answers before its first step. */
  private double[] startsWith(Config config, Path file, String... more) {
    Path path = folder.resolve("started");
    SmallRuns.start(SmallRuns.with(SmallRuns.with(config, "train.init=" + file), more), path)
        .close();
    return answers(path, "0");
  }

  /** Whatever the multipliers of either. */
  @ParameterizedTest
  @CsvSource({"mup, ntk", "ntk, mup", "ntk, sp"})
  void aCheckpointOfAnotherParameterisation(String from, String to) {
    Path run = trained("run", config("param.scheme=" + from, "net.bias=true"));
    assertThat(
            startsWith(
                config("param.scheme=" + to, "net.bias=true", "param.weightScale=2"), newest(run)))
        .containsExactly(answers(run, Model.NEWEST), within(1e-13)); // two roundings a weight
  }

  @ParameterizedTest
  @ValueSource(strings = {"CHANNELS_LAST", "TORCH"})
  void anExport(String layout) {
    Path run = trained("run", SmallRuns.with(config(IMAGES), "param.scheme=ntk"));
    Path file = folder.resolve("weights.safetensors");
    try (Model model = Model.load(run)) {
      Export.write(model, Export.Format.SAFETENSORS, Export.Layout.valueOf(layout), file);
    }
    try (Model model = Model.load(run);
        SafetensorsReader reader = SafetensorsReader.open(file)) {
      reader.requireSeal(true);
      for (String name : List.of("input.mean", "input.std")) {
        SafetensorsEntry entry = reader.entries().get(name);
        double value = reader.read(entry, 0, 1).getDouble();
        double scale = model.normalization().scale();
        assertThat(value)
            .isEqualTo(name.endsWith("std") ? 1 / scale : model.normalization().mean());
      }
      assertThat(reader.metadata())
          .containsEntry("inputDivisor", "255")
          .containsEntry("feedForward", "true");
    }
    Config config = config(IMAGES);
    assertThat(startsWith(SmallRuns.with(config, "seed=5"), file))
        .containsExactly(answers(run, Model.NEWEST), within(1e-12)); // rounding, of size 1
  }

  /** As PyTorch names and orders them, and safetensors sorts them: 0, 11, 3, 6, 9. */
  @Test
  void aStateOfPyTorch() throws IOException {
    Path run = trained("run", config(IMAGES));
    Path file = torchState(run);
    assertThat(startsWith(SmallRuns.with(config(IMAGES), "seed=5"), file))
        .containsExactly(answers(run, Model.NEWEST), within(1e-12)); // rounding, of size 1
    JsonNode init = provenance(folder.resolve("started")).get("init");
    assertThat(init.get("tensors").get("layer5.weight").asText()).isEqualTo("11.weight");
    assertThat(init.get("sha256").asText()).hasSize(64);
  }

  private static JsonNode provenance(Path run) throws IOException {
    return new ObjectMapper().readTree(run.resolve("provenance.json").toFile());
  }

  private Path torchState(Path run) throws IOException {
    Path export = folder.resolve("torch.safetensors");
    try (Model model = Model.load(run)) {
      Export.write(model, Export.Format.SAFETENSORS, Export.Layout.TORCH, export);
    }
    Map<String, String> names =
        Map.of("layer1", "0", "layer2", "3", "layer3", "6", "layer4", "9", "layer5", "11");
    Map<String, Map.Entry<List<Integer>, double[]>> tensors = new TreeMap<>();
    try (SafetensorsReader reader = SafetensorsReader.open(export)) {
      for (SafetensorsEntry entry : reader.entries().values()) {
        String[] parts = entry.name().split("\\.");
        if (names.containsKey(parts[0])) {
          double[] values = new double[(int) entry.elements()];
          reader.read(entry, 0, values.length).asDoubleBuffer().get(values);
          tensors.put(
              names.get(parts[0]) + "." + parts[1],
              Map.entry(entry.shape().stream().map(Long::intValue).toList(), values));
        }
      }
    }
    return write("state.safetensors", tensors);
  }

  private Path write(String name, Map<String, Map.Entry<List<Integer>, double[]>> tensors)
      throws IOException {
    Map<String, Object> header = new LinkedHashMap<>();
    long at = 0;
    for (Map.Entry<String, Map.Entry<List<Integer>, double[]>> one : tensors.entrySet()) {
      long end = at + 8L * one.getValue().getValue().length;
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("dtype", "F64");
      facts.put("shape", one.getValue().getKey());
      facts.put("data_offsets", List.of(at, end));
      header.put(one.getKey(), facts);
      at = end;
    }
    byte[] json = JsonLine.of(header).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + json.length + (int) at).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    tensors
        .values()
        .forEach(
            t -> {
              for (double value : t.getValue()) {
                bytes.putDouble(value);
              }
            });
    return Files.write(folder.resolve(name), bytes.array());
  }

  private static Map.Entry<List<Integer>, double[]> tensor(double value, Integer... shape) {
    int count = 1;
    for (int extent : shape) {
      count *= extent;
    }
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = value + i;
    }
    return Map.entry(List.of(shape), values);
  }

  /** Those that a map leaves out stay drawn. */
  @Test
  void aMapSaysWhichIsWhich() throws IOException {
    Path file = write("state.safetensors", Map.of("a", tensor(1, 7, 7), "b", tensor(2, 7, 32)));
    Path yaml = Files.writeString(folder.resolve("map.yaml"), "layer1:\n  weight: b\n");
    Config config = config("param.scheme=ntk");
    List<String> log = new ArrayList<>();
    for (String map : List.of(yaml.toString(), "layer1.weight=b")) {
      Path path = folder.resolve("run" + map.length());
      Config own = SmallRuns.with(config, "train.init=" + file, "train.initMap=" + map);
      try (Run run = Run.start(SmallRuns.to(own, path), List.of(), log::add);
          Run drawn = SmallRuns.start(config, folder.resolve("drawn" + map.length()))) {
        double[] found = value(run, 0);
        assertThat(found[33]).isCloseTo(35, within(1e-13)); // input weights have multiplier 1
        assertThat(value(run, 1)).isEqualTo(value(drawn, 1));
        assertThat(run.config().toYaml()).contains("initMap: \"layer1.weight=b\"");
      }
      assertThat(log).anyMatch(line -> line.startsWith("drawn, not from " + file));
    }
  }

  private static double[] value(Run run, int parameter) {
    return run.trainer()
        .backend()
        .read(run.trainer().network().parameters().get(parameter).value());
  }

  /**
   * Under μP a network of twice as many units, every one there twice, learns as the narrow one: the
   * losses of all steps agree.
   */
  @ParameterizedTest
  @ValueSource(strings = {"mlp", "lenet", "resmlp"})
  void aWiderNetworkLearnsAsTheNarrowOne(String preset) {
    String[] common = {
      "rule=bp",
      "net.bias=true",
      "net.preset=" + preset,
      "data.name=fashion-mnist-mini",
      "data.test=7",
      "optim.lr=0.02",
      "precision=fp64",
      "train.steps=6"
    };
    Config narrow = config(common);
    narrow = SmallRuns.with(narrow, "net.width=3");
    Path run = trained("run", narrow);
    String init = "train.init=" + newest(run);
    List<List<Double>> losses = new ArrayList<>();
    for (int width : new int[] {3, 6, 9}) {
      List<Double> steps = new ArrayList<>();
      Config config = SmallRuns.with(narrow, init, "net.width=" + width, "seed=4");
      try (Run wide = SmallRuns.start(config, folder.resolve("wide" + width))) {
        wide.train(
            new TrainingListener() {
              @Override
              public void onStep(StepMetrics metrics) {
                steps.add(metrics.loss());
              }
            },
            new StopSignal());
      }
      losses.add(steps);
    }
    assertThat(losses.getFirst().getFirst()).isNotEqualTo(losses.getFirst().getLast());
    for (List<Double> wider : losses.subList(1, 3)) {
      for (int i = 0; i < 6; i++) {
        assertThat(wider.get(i))
            .isCloseTo(losses.getFirst().get(i), within(1e-10)); // rounding, of losses of size 1
      }
    }
    for (String scheme : List.of("sp", "ntk")) {
      Config other = SmallRuns.with(narrow, init, "net.width=6", "param.scheme=" + scheme);
      refused(other, "2 times smaller", "param.scheme is " + scheme, "net.width 3");
    }
    refused(SmallRuns.with(narrow, init, "net.width=7"), "layer1.weight", "a whole multiple");
    refused(SmallRuns.with(narrow, init, "net.width=2"), "layer1.weight", "a whole multiple");
  }

  private void refused(Config config, String... parts) {
    Path path = folder.resolve("refused");
    assertThatThrownBy(() -> SmallRuns.start(config, path).close())
        .isInstanceOf(BadInputException.class)
        .message()
        .contains(parts);
    assertThat(path).doesNotExist();
  }

  /** The first checkpoint has the weights. */
  @Test
  void goingOnNeedsTheFileNoMore() throws IOException {
    Path file = newest(trained("run", config()));
    Path copy = Files.copy(file, folder.resolve("copy.safetensors"));
    Config config = config("train.init=" + copy);
    double[] straight;
    try (Run run = SmallRuns.start(config, folder.resolve("straight"))) {
      run.train(TrainingListener.NONE, new StopSignal());
      straight = SmallRuns.contents(run);
      assertThat(run.config().toYaml()).contains("initSha256: ");
      assertThat(run.config().hash()).isNotEqualTo(config().hash());
    }
    Path broken = folder.resolve("broken");
    SmallRuns.start(config, broken).close();
    Files.delete(copy);
    try (Run run = Run.resume(broken, List.of(), line -> {})) {
      run.train(TrainingListener.NONE, new StopSignal());
      assertThat(SmallRuns.contents(run)).containsExactly(straight);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    Path run = trained("run", config());
    String own = "train.init=" + newest(run);
    refused(config("train.init=" + folder.resolve("none")), "none does not exist");
    refused(config("train.init=" + run), "is a directory");
    Path text = Files.writeString(folder.resolve("text"), "some text that is no such file");
    refused(config("train.init=" + text), "not a complete safetensors file", "save_file");
    refused(config(own, "train.initSha256=" + "0".repeat(64)), "has the SHA-256", "leave the key");
    refused(config("train.initMap=a=b"), "train.initMap is given without train.init");
    refused(config("train.initSha256=a"), "train.initSha256 is given without train.init");
    refused(config(own, "net.bias=true"), "another network: it has no layer1.bias", "--init-map");
    refused(
        config(own, "train.initMap=layer9.weight=layer1.weight"), "no parameter 'layer9.weight'");
    refused(config(own, "train.initMap=layer1.weight=layer9.weight"), "no tensor 'layer9.weight'");
    refused(config(own, "train.initMap=[layer1.weight=layer1.weight, b]"), "'b' has no '='");
    refused(config(own, "train.initMap=" + folder.resolve("no.yaml")), "does not exist");
    Path list = Files.writeString(folder.resolve("list.yaml"), "[a, b]\n");
    refused(config(own, "train.initMap=" + list), "a list, expected a map");
    Path odd = Files.writeString(folder.resolve("odd.yaml"), "layer1.weight: [a]\n");
    refused(config(own, "train.initMap=" + odd), "odd.yaml:1", "layer1.weight is a list");
  }

  @Test
  void statesThatAreNotClearAreRefused() throws IOException {
    Map<String, Map.Entry<List<Integer>, double[]>> fit = new TreeMap<>();
    fit.put("fc.weight", tensor(0, 7, 32));
    fit.put("mid.weight", tensor(0, 7, 7));
    fit.put("out.weight", tensor(0, 10, 7));
    write("fit.safetensors", fit);
    SmallRuns.start(
            config("train.init=" + folder.resolve("fit.safetensors")), folder.resolve("fits"))
        .close();

    Map<String, Map.Entry<List<Integer>, double[]>> more = new TreeMap<>(fit);
    more.put("fc.bias", tensor(0, 7));
    Path file = write("more.safetensors", more);
    refused(config("train.init=" + file), "also has fc.bias F64 (7)", "net.bias true");

    Map<String, Map.Entry<List<Integer>, double[]>> turned = new TreeMap<>(fit);
    turned.put("fc.weight", tensor(0, 32, 7));
    file = write("turned.safetensors", turned);
    refused(config("train.init=" + file), "which tensors are layer1.weight", "none");
    refused(
        config("train.init=" + file, "train.initMap=layer1.weight=fc.weight"),
        "it looks transposed");

    Map<String, Map.Entry<List<Integer>, double[]>> twins = new TreeMap<>(fit);
    twins.put("other.weight", tensor(0, 7, 7));
    file = write("twins.safetensors", twins);
    refused(
        config("train.init=" + file, "net.depth=3"),
        "which tensors are layer2.weight, layer3.weight",
        "mid.weight, other.weight",
        "--init-map");

    fit.put("mid.weight", Map.entry(List.of(7, 7), nan()));
    file = write("nan.safetensors", fit);
    refused(config("train.init=" + file), "mid.weight holds NaN at element 3");
  }

  private static double[] nan() {
    double[] values = new double[49];
    values[3] = Double.NaN;
    return values;
  }
}
