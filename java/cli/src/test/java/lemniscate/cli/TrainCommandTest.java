package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainCommandTest {

  private static final String[] FIELDS = {
    "outcome",
    "rule",
    "scheme",
    "width",
    "epochs",
    "steps",
    "trainLoss",
    "testLoss",
    "testAccuracy",
    "seconds",
    "examplesPerSecond",
    "backend",
    "precision",
    "seed",
    "run"
  };

  @TempDir private Path folder;

  @Test
  void writesOneLineOfJson() throws IOException {
    Path out = folder.resolve("run");
    CommandLineRun run = CommandLineRun.train(out, "--json", "--quiet");
    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode json = run.json();
    assertThat(json.fieldNames()).toIterable().containsExactly(FIELDS);
    assertThat(json.get("rule").asText()).isEqualTo("pc");
    assertThat(json.get("scheme").asText()).isEqualTo("mup");
    assertThat(json.get("width").asInt()).isEqualTo(7);
    assertThat(json.get("epochs").asInt()).isEqualTo(2);
    assertThat(json.get("steps").asInt()).isEqualTo(20);
    assertThat(json.get("testAccuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(json.get("backend").asText()).isEqualTo("reference");
    assertThat(json.get("precision").asText()).isEqualTo("fp32");
    assertThat(json.get("seed").asLong()).isEqualTo(11);
    assertThat(json.get("run").asText()).isEqualTo(out.toString());
    assertThat(out.resolve("checkpoint-00000020.safetensors")).exists();
  }

  @Test
  void writesALineForEachEpochAndATable() {
    CommandLineRun run = CommandLineRun.train(folder.resolve("run"));
    assertThat(run.err().lines().filter(line -> line.startsWith("epoch "))).hasSize(2);
    assertThat(run.err()).contains("epoch 2/2  step 20  train loss ");
    assertThat(run.out()).contains("test accuracy  ").contains("pc (jacobi)");
  }

  @Test
  void saysWhatAutoChose() {
    CommandLineRun run = CommandLineRun.train(folder.resolve("run"), "--backend", "auto");
    assertThat(run.err()).contains("backend auto: ");
  }

  @Test
  void optionsGoOverAssignmentsOverTheFile() throws IOException {
    Path yaml =
        Files.writeString(
            folder.resolve("my.yaml"), "net:\n  width: 1\n  depth: 3\npc:\n  steps: 9\n");
    String file = yaml.toString();
    String printed =
        CommandLineRun.of(
                "train",
                "--width",
                "4",
                "--set",
                "net.width=2",
                "--set",
                "net.depth=5",
                "--config",
                file,
                "--print-config")
            .out();
    assertThat(printed).contains("  width: 4\n").contains("  depth: 5\n").contains("  steps: 9\n");
    // What is printed is a configuration that prints itself.
    Path again = Files.writeString(folder.resolve("again.yaml"), printed);
    assertThat(CommandLineRun.of("train", "--config", again.toString(), "--print-config").out())
        .isEqualTo(printed);
    assertThat(folder.resolve("runs")).doesNotExist();
  }

  @Test
  void shortAndDottedOptionsAreTheSame() {
    assertThat(CommandLineRun.of("train", "--net.width", "4", "--print-config").out())
        .isEqualTo(CommandLineRun.of("train", "--width=4", "--print-config").out())
        .contains("  width: 4\n");
    assertThat(CommandLineRun.of("train", "--net.bias", "--print-config").out())
        .contains("  bias: true\n");
  }

  @Test
  void printsTheScaling() {
    CommandLineRun run =
        CommandLineRun.of("train", "--width", "256", "--print-scaling", "--data", "synthetic");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("ratio m = 4").contains("256x32").contains("gamma_L = 1");
  }

  /** What is printed is JSON where that is asked for, with the numbers of the text. */
  @Test
  void printsAsJson() throws IOException {
    CommandLineRun config =
        CommandLineRun.of("train", "--width", "256", "--print-config", "--json");
    assertThat(config.json().at("/net/width").asInt()).isEqualTo(256);
    // JSON is YAML.
    Path file = Files.writeString(folder.resolve("config.yaml"), config.out());
    assertThat(CommandLineRun.of("train", "--config", file.toString(), "--print-config").out())
        .isEqualTo(CommandLineRun.of("train", "--width", "256", "--print-config").out());

    CommandLineRun scaling =
        CommandLineRun.of(
            "train --width 256 --print-scaling --data synthetic --json --rule fa".split(" "));
    JsonNode json = scaling.json();
    assertThat(json.get("widthRatio").asDouble()).isEqualTo(4);
    assertThat(json.get("lastLayerPrecision")).isNull();
    assertThat(json.at("/arrays/1/shape").toString()).isEqualTo("[256,256]");
    assertThat(json.at("/arrays").findValuesAsText("name")).contains("W1", "feedback2.weight");
    assertThat(
            CommandLineRun.of(
                    "train --print-scaling --data synthetic --preset resmlp --depth 8 --json"
                        .split(" "))
                .json()
                .at("/branchMultiplier")
                .asDouble())
        .isCloseTo(1 / Math.sqrt(8), within(1e-15)); // of a power
    CommandLineRun.of("train", "--print-config", "--print-scaling").refuses("one of them");
  }

  @Test
  void printsTheScalingOfFeedback() {
    CommandLineRun run =
        CommandLineRun.of(
            "train",
            "--rule",
            "tp",
            "--tp.variant",
            "drl",
            "--width",
            "256",
            "--print-scaling",
            "--data",
            "synthetic");
    assertThat(run.code()).isZero();
    // Standard deviations 1/16 and 1/sqrt(10), rates 0.05/4 and 0.05.
    assertThat(run.out())
        .containsPattern("feedback2.weight +fb hid +256x256 +0 +0.5 +1 +1 +0.0625 +0.25 +0.0125 ")
        .containsPattern("feedback3.weight +fb top +256x10 +0 +0 +0 +1 +0.31623 +1 +0.05 ");
  }

  @Test
  void aDivergingRunEndsWithThree() throws IOException {
    Path out = folder.resolve("run");
    CommandLineRun run =
        CommandLineRun.train(out, "--lr", "1e30", "--activation", "relu", "--json");
    assertThat(run.code()).isEqualTo(3);
    JsonNode json = run.json();
    assertThat(json.get("outcome").asText()).isEqualTo("diverged");
    assertThat(json.get("divergedAt").asLong()).isPositive();
    assertThat(json.get("message").asText()).contains("smaller optim.lr");
    assertThat(json.get("run").asText()).isEqualTo(out.toString());
    assertThat(run.err())
        .contains("diverged at step ")
        .contains("layer ")
        .contains("smaller optim.lr")
        .doesNotContain("\tat ");
    CommandLineRun evaluated = CommandLineRun.of("evaluate", out.toString(), "--json", "--quiet");
    assertThat(evaluated.code()).isZero();
    assertThat(evaluated.json().get("testLoss").isNumber()).isTrue();
  }

  @Test
  void evaluatesAndResumesAFinishedRun() throws IOException {
    Path out = folder.resolve("run");
    JsonNode trained = CommandLineRun.train(out, "--json", "--quiet").json();
    for (String command : new String[] {"evaluate", "resume"}) {
      CommandLineRun run = CommandLineRun.of(command, out.toString(), "--json");
      assertThat(run.code()).isZero();
      assertThat(run.json().fieldNames()).toIterable().containsExactly(FIELDS);
      for (String field : new String[] {"steps", "trainLoss", "testLoss", "testAccuracy"}) {
        assertThat(run.json().get(field)).as(field).isEqualTo(trained.get(field));
      }
    }
    assertThat(CommandLineRun.of("resume", out.toString()).err()).contains("finished");
    assertThat(
            CommandLineRun.of("evaluate", out.toString(), "--data.test", "9", "--json")
                .json()
                .get("testLoss"))
        .isNotEqualTo(trained.get("testLoss"));
  }

  @Test
  void regressionHasNoAccuracy() throws IOException {
    JsonNode json =
        CommandLineRun.train(
                folder.resolve("run"), "--data", "synthetic-regression", "--json", "--quiet")
            .json();
    assertThat(json.get("testAccuracy").isNull()).isTrue();
    assertThat(json.get("testLoss").isNumber()).isTrue();
  }

  @Test
  void printsTheScalingOfFixedFeedback() {
    CommandLineRun run =
        CommandLineRun.of(
            "train", "--rule", "fa", "--width", "256", "--print-scaling", "--data", "synthetic");
    assertThat(run.code()).isZero();
    // Standard deviations 1/16 and 1/sqrt(10); they do not learn.
    assertThat(run.out())
        .containsPattern("feedback2.weight +fb hid +256x256 +0 +0.5 +0 +1 +0.0625 +1 +0 ")
        .containsPattern("feedback3.weight +fb top +256x10 +0 +0 +0 +1 +0.31623 +1 +0 ");
  }
}
