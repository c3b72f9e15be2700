package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipFile;
import lemniscate.data.NpzOutput;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code predict}, and {@code evaluate} of single files. */
final class PredictCommandTest {

  private static final int FEATURES = 32;

  @TempDir private Path folder;
  private Path run;
  private Path unlabelled;
  private Path labelled;

  @BeforeEach
  void train() throws IOException {
    run = folder.resolve("run");
    assertThat(CommandLineRun.train(run, "--loss", "ce").code()).isZero();
    double[] x = new double[3 * FEATURES];
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.sin(i);
    }
    unlabelled = folder.resolve("x.npz");
    try (NpzOutput npz = new NpzOutput(Files.newOutputStream(unlabelled))) {
      npz.floats("x", x, 3, FEATURES);
    }
    labelled = folder.resolve("xy.npz");
    try (NpzOutput npz = new NpzOutput(Files.newOutputStream(labelled))) {
      npz.floats("x", x, 3, FEATURES);
      npz.integers("y", new int[] {1, 9, 0});
    }
  }

  private CommandLineRun predict(String... options) {
    return CommandLineRun.withDefaults("predict", List.of(), options);
  }

  @Test
  void writesCsvToStandardOutput() {
    CommandLineRun answered = predict(run.toString(), "--data", labelled.toString());
    assertThat(answered.code()).isZero();
    List<String> lines = answered.out().lines().toList();
    assertThat(lines).hasSize(4);
    assertThat(lines.getFirst())
        .startsWith("example,predicted,label,score_0,")
        .endsWith(",probability_9");
    assertThat(lines.get(2)).matches("1,\\d,9(,-?[0-9.E-]+){20}");
    assertThat(answered.err()).contains("3 examples", "accuracy");
  }

  @Test
  void withJsonOnlyTheObjectIsWritten() throws IOException {
    JsonNode json = predict(run.toString(), "--data", unlabelled.toString(), "--json").json();
    assertThat(json.get("examples").asInt()).isEqualTo(3);
    assertThat(json.get("classes").asInt()).isEqualTo(10);
    assertThat(json.get("output").isNull()).isTrue();
    assertThat(json.get("accuracy").isNull()).isTrue();
    assertThat(json.get("loss").isNull()).isTrue();
    assertThat(json.get("seconds").isNumber()).isTrue();
    assertThat(json.get("step").asInt()).isEqualTo(20);
  }

  /** Columns mean what they meant in training, and classes have the numbers that they had there. */
  @Test
  void answersTables() throws IOException {
    StringBuilder rows = new StringBuilder("id,length,width,label\n");
    for (int i = 0; i < 60; i++) {
      boolean rose = i % 2 == 1;
      rows.append("%d,%d,%s,%s\n".formatted(i, rose ? 3 : -3, 0.01 * i, rose ? "rose" : "aster"));
    }
    Path table = Files.writeString(folder.resolve("flowers.csv"), rows);
    Path flowers = folder.resolve("flowers-run");
    assertThat(
            CommandLineRun.of(
                    "train",
                    "--quiet",
                    "--out",
                    flowers.toString(),
                    "--rule",
                    "bp",
                    "--backend",
                    "reference",
                    "--width",
                    "8",
                    "--param.baseWidth",
                    "8",
                    "--data",
                    table.toString(),
                    "--data.drop",
                    "id",
                    "--data.testFraction",
                    "0.2",
                    "--loss",
                    "ce",
                    "--epochs",
                    "20",
                    "--batch",
                    "8")
                .code())
        .isZero();
    // The rows that were kept for the test.
    assertThat(predict(flowers.toString(), "--json").json().get("examples").asInt()).isEqualTo(12);
    assertThat(CommandLineRun.of("evaluate", flowers.toString(), "--quiet").code()).isZero();
    Path answered =
        Files.writeString(
            folder.resolve("more.csv"), "id,length,width,label\n7,3,0.2,rose\n8,3,0.1,rose\n");
    List<String> lines =
        predict(flowers.toString(), "--data", answered.toString()).out().lines().toList();
    assertThat(lines.getFirst()).startsWith("example,predicted,label,");
    assertThat(lines.get(1)).startsWith("0,1,1,");
    Path bare = Files.writeString(folder.resolve("bare.csv"), "length,width\n-3,0.2\n3,0.1\n");
    lines = predict(flowers.toString(), "--data", bare.toString()).out().lines().toList();
    assertThat(lines.getFirst()).startsWith("example,predicted,score_0,");
    assertThat(lines.get(1)).startsWith("0,0,");
    assertThat(lines.get(2)).startsWith("1,1,");
    Path strange =
        Files.writeString(folder.resolve("strange.csv"), "id,length,width,label\n7,3,0.2,tulip\n");
    predict(flowers.toString(), "--data", strange.toString(), "--quiet")
        .refuses("strange.csv, line 2", "'tulip' is not among", "'aster', 'rose'");
  }

  @Test
  void writesArrays() throws IOException {
    Path out = folder.resolve("answers.npz");
    JsonNode json =
        predict(
                run.toString(),
                "--data",
                labelled.toString(),
                "--out",
                out.toString(),
                "--json",
                "--checkpoint",
                "10")
            .json();
    assertThat(json.get("output").asText()).isEqualTo(out.toString());
    assertThat(json.get("accuracy").isNumber()).isTrue();
    try (ZipFile zip = new ZipFile(out.toFile())) {
      assertThat(zip.stream().map(Object::toString))
          .containsExactly("scores.npy", "probabilities.npy", "predicted.npy", "labels.npy");
      byte[] labels = zip.getInputStream(zip.getEntry("labels.npy")).readAllBytes();
      assertThat(ByteBuffer.wrap(labels).order(ByteOrder.LITTLE_ENDIAN).getLong(128 + 8))
          .isEqualTo(9);
    }
    try (var files = Files.list(folder)) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".tmp"));
    }
  }

  @Test
  void withoutDataTheTestExamplesAreAnswered() throws IOException {
    JsonNode json = predict(run.toString(), "--json").json();
    JsonNode evaluated = CommandLineRun.of("evaluate", run.toString(), "--json").json();
    assertThat(json.get("examples").asInt()).isEqualTo(23);
    assertThat(json.get("accuracy")).isEqualTo(evaluated.get("testAccuracy"));
    assertThat(json.get("loss")).isEqualTo(evaluated.get("testLoss"));
  }

  @Test
  void evaluatesAFileOfFewExamples() throws IOException {
    JsonNode json =
        CommandLineRun.of("evaluate", run.toString(), "--data", labelled.toString(), "--json")
            .json();
    assertThat(json.get("testLoss").isNumber()).isTrue();
    CommandLineRun.of("evaluate", run.toString(), "--data", unlabelled.toString(), "--quiet")
        .refuses("no labels or targets", "--labels", "use predict");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--data FOLDER/none.npy | neither a data set nor a file that is there",
        "--data none | data set 'none' is unknown",
        "--data FOLDER/xy.npz --labels FOLDER/xy.npz | there already; leave one out",
        "--data FOLDER/x.npz --labels FOLDER/xy.npz | expected one array",
        "--labels FOLDER/xy.npz | synthetic has labels of its own",
        "--data FOLDER/x.npz --data.test 4 | data.test is 4",
        "--data FOLDER/x.npz --data.shape 3,3 | data.shape is 3 x 3 x 1",
        "--data FOLDER/text | neither a table (.csv, .tsv) nor",
        "--data FOLDER/other.npz | neither an array x_test nor x, it holds: z",
        "--data FOLDER/wide.npz | examples of 33, but the network of",
        "--data FOLDER/eleven.npz | label 10 of example 0 is out of range, expected 0 to 9",
        "--data FOLDER/targets.npz | 1 targets an example, but the network",
        "--data fashion-mnist-mini | examples of 28 x 28 x 1, but the network of",
        "--out FOLDER/answers.txt | ends in .npz or .csv",
        "--out FOLDER/none/answers.csv | is not there; make it",
        "--out FOLDER/made.csv | which is a folder",
        "--checkpoint 11 | no checkpoint of that step",
        "--checkpoint none | expected newest, best, the number of a step",
        "--backend cuda --quiet | cuda",
      })
  void isRefused(String options, String message) throws IOException {
    Files.writeString(folder.resolve("text"), "1,2,3\n");
    Files.createDirectories(folder.resolve("made.csv"));
    write("other.npz", "z", FEATURES, null, null);
    write("wide.npz", "x", FEATURES + 1, null, null);
    write("eleven.npz", "x_test", FEATURES, new int[] {10}, null);
    write("targets.npz", "x_test", FEATURES, null, new double[] {1});
    List<String> all = new ArrayList<>(List.of("predict", run.toString(), "--quiet"));
    for (String option : options.strip().split(" ")) {
      if (!option.equals("--quiet")) {
        all.add(option.replace("FOLDER", folder.toString()));
      }
    }
    CommandLineRun.of(all.toArray(String[]::new)).refuses(message.strip());
    assertThat(folder.resolve("answers.txt")).doesNotExist();
  }

  private void write(
      String file, String name, int features, int @Nullable [] labels, double @Nullable [] targets)
      throws IOException {
    try (NpzOutput npz = new NpzOutput(Files.newOutputStream(folder.resolve(file)))) {
      npz.floats(name, new double[features], 1, features);
      if (labels != null) {
        npz.integers("y_test", labels);
      }
      if (targets != null) {
        npz.floats("y_test", targets, 1);
      }
    }
  }

  @Test
  void runsThatAreNone() {
    predict(folder.resolve("none").toString()).refuses("not a folder");
    predict(folder.toString()).refuses("holds no run");
    predict().refuses("RUN");
  }
}
