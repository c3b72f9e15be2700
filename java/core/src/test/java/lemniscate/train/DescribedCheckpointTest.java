package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import lemniscate.config.Config;
import lemniscate.data.Dataset;
import lemniscate.data.Normalization;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a checkpoint says of its network is enough to make its feed-forward pass. */
final class DescribedCheckpointTest {

  @TempDir private Path folder;

  /** In plain double precision, from the file and raw examples alone; the run is in float32. */
  @ParameterizedTest
  @CsvSource({
    "bp, ntk, none, true, relu",
    "pc, mup, none, false, tanh",
    "pepita, mup, example, true, sigmoid",
    "pepita, ntk, none, true, tanh",
  })
  void theFileGivesTheLossOfTheRun(
      String rule, String scheme, String norm, boolean bias, String activation) throws IOException {
    Config config =
        SmallRuns.with(
            SmallRuns.config(),
            "rule=" + rule,
            "param.scheme=" + scheme,
            "net.norm=" + norm,
            "net.bias=" + bias,
            "net.activation=" + activation,
            "optim.lr=0.1",
            "net.width=16");
    Path path = folder.resolve("run");
    double expected;
    Dataset test;
    try (Run run = SmallRuns.start(config, path)) {
      expected = run.train(TrainingListener.NONE, new StopSignal()).testLoss();
      test = run.experiment().data().test();
    }
    try (Stream<Path> files = Files.list(path);
        SafetensorsReader reader =
            SafetensorsReader.open(
                files
                    .filter(file -> file.toString().endsWith(".safetensors"))
                    .max(Path::compareTo)
                    .orElseThrow())) {
      assertThat(loss(reader, test)).isCloseTo(expected, within(1e-6 * expected));
    }
  }

  private static double loss(SafetensorsReader file, Dataset test) throws IOException {
    assertThat(file.metadata())
        .containsEntry("loss", "mse")
        .containsEntry("normalization", "standard");
    double mean = Double.parseDouble(file.metadata().get("inputMean"));
    double scale = Double.parseDouble(file.metadata().get("inputScale"));
    float[] x = new float[test.features()];
    float[] y = new float[test.outputs()];
    double loss = 0;
    for (int i = 0; i < test.size(); i++) {
      test.copyFeatures(i, Normalization.none(), x, 0);
      test.copyTarget(i, y, 0);
      double[] h = new double[x.length];
      for (int k = 0; k < h.length; k++) {
        h[k] = (x[k] - mean) * scale;
      }
      double[] f = output(file, h);
      for (int k = 0; k < f.length; k++) {
        loss += 0.5 * (y[k] - f[k]) * (y[k] - f[k]);
      }
    }
    return loss / test.size();
  }

  private static double[] output(SafetensorsReader file, double[] input) throws IOException {
    ObjectMapper json = new ObjectMapper();
    JsonNode network = json.readTree(file.metadata().get("network"));
    JsonNode parameters = json.readTree(file.metadata().get("parameters"));
    double norm = Double.parseDouble(file.metadata().get("activityNorm"));
    assertThat(network.path("input")).hasSize(3);
    double[] h = input;
    int l = 0;
    for (JsonNode unit : network.path("units")) {
      String layer = "layer" + ++l;
      assertThat(unit.path("kind").asText()).isEqualTo("dense");
      double[] w = values(file, layer + ".weight");
      double scale = parameters.path(layer + ".weight").path("scale").doubleValue();
      double[] u = new double[unit.path("units").asInt()];
      for (int i = 0; i < w.length; i++) {
        u[i / h.length] += scale * w[i] * h[i % h.length];
      }
      if (unit.path("parameters").size() == 2) {
        assertThat(file.entries().get(layer + ".bias").shape()).isEqualTo(List.of((long) u.length));
        double[] b = values(file, layer + ".bias");
        for (int i = 0; i < u.length; i++) {
          u[i] += parameters.path(layer + ".bias").path("scale").doubleValue() * b[i];
        }
      }
      double squares = 0;
      for (int i = 0; i < u.length; i++) {
        u[i] = activation(unit.path("activation").asText(), u[i]);
        squares += u[i] * u[i];
      }
      for (int i = 0; unit.path("norm").asText().equals("example") && i < u.length; i++) {
        u[i] *= norm / Math.sqrt(squares);
      }
      h = u;
    }
    return h;
  }

  private static double activation(String name, double u) {
    return switch (name) {
      case "linear" -> u;
      case "tanh" -> Math.tanh(u);
      case "relu" -> Math.max(u, 0);
      case "sigmoid" -> 1 / (1 + Math.exp(-u));
      case String other -> throw new IllegalStateException(other);
    };
  }

  private static double[] values(SafetensorsReader file, String name) {
    SafetensorsEntry entry = file.entries().get(name);
    double[] values = new double[(int) entry.elements()];
    ByteBuffer bytes = file.read(entry, 0, values.length);
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getFloat();
    }
    return values;
  }
}
