package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OtherCommandsTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "train",
        "resume",
        "evaluate",
        "predict",
        "export",
        "sweep",
        "gradcheck",
        "coord-check",
        "depth",
        "regime",
        "linear",
        "data",
        "data list",
        "data get",
        "data check",
        "data synth",
        "doctor",
        "completion",
        "man",
      })
  void helpHasAnExample(String command) {
    String[] args = (command + " --help").strip().split(" ");
    CommandLineRun run = CommandLineRun.of(args);
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("Usage: " + ("lemniscate " + command).strip())
        .containsPattern("Examples?:\\R  lemniscate " + command);
  }

  /** Each option completes its own values, also where two keys end in the same word. */
  @Test
  void completionKnowsValues() {
    String script = CommandLineRun.of("completion", "bash").out();
    String train = script.substring(script.indexOf("function _picocli_lemniscate_train()"));
    assertThat(train.substring(0, train.indexOf("\n}\n")))
        .containsOnlyOnce("local SCHEME_option_args=(\"sp\" \"ntk\" \"mup\")")
        .containsOnlyOnce("local PCSCHEME_option_args=(\"fpa\" \"si\" \"jacobi\"")
        .contains("local ACTIVATION_option_args=(\"linear\" \"tanh\" \"relu\"");
  }

  @Test
  void version() {
    assertThat(CommandLineRun.of("--version").out()).startsWith("lemniscate ").contains("Java 2");
  }

  /**
   * Its targets lie far from the activities, so that the losses are large beside their gradients.
   */
  @Test
  void gradcheckAllowsForTheRoundingOfLargeLosses() {
    CommandLineRun run =
        CommandLineRun.of(
            "gradcheck",
            "--check",
            "--quiet",
            "--backend",
            "reference",
            "--rule",
            "gnt",
            "--activation",
            "sigmoid");
    assertThat(run.code()).isZero();
  }

  @Test
  void gradcheckPasses() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            "gradcheck",
            "--check",
            "--json",
            "--quiet",
            "--backend",
            "reference",
            "--activation",
            "tanh");
    assertThat(run.code()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    // Rules, schemes and variants, two losses, four weights and four biases.
    assertThat(json.get("rows")).hasSize(22 * 2 * 8);
    JsonNode row = json.get("rows").get(0);
    assertThat(row.fieldNames()).toIterable().contains("tensor", "maxAbsError", "pass");
    assertThat(row.get("tensor").asText()).isEqualTo("bp/mse/tanh/layer1.weight");
  }

  /** A key that a scheme does not take leaves the scheme out, and says so. */
  @Test
  void gradcheckLeavesOutSchemesThatAKeyDoesNotGoWith() {
    CommandLineRun run =
        CommandLineRun.of(
            "gradcheck",
            "--check",
            "--backend",
            "reference",
            "--rule",
            "pc",
            "--pc.momentum",
            "0.5",
            "--activation",
            "tanh",
            "--loss",
            "mse");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("pc jacobi").doesNotContain("pc fpa");
    assertThat(run.err())
        .contains("left out, pc fpa: --pc.momentum: pc.momentum with pc.scheme fpa");
  }

  /** Two relaxations a batch, of which the gradients are the mean. */
  @Test
  void gradcheckTakesCentredNudging() {
    CommandLineRun run =
        CommandLineRun.of(
            "gradcheck",
            "--check",
            "--backend",
            "reference",
            "--rule",
            "pc",
            "--pc.nudge",
            "clamped",
            "--pc.nudgePhase",
            "centred",
            "--activation",
            "tanh",
            "--loss",
            "mse");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("pc jacobi", "pc si", "pc fpa", "pc equilibrium");
    assertThat(run.err())
        .contains("left out, pc ipc: pc.nudge clamped with pc.scheme ipc")
        .doesNotContain("has no objective");
  }

  /** Fully connected, 3 blocks, 2 outputs: of each weight and bias. */
  @Test
  void gradcheckTakesPresetsAndLayers() throws IOException {
    CommandLineRun blocks =
        gradcheck("--rule", "pepita", "--preset", "resmlp", "--depth", "3", "--loss", "ce");
    assertThat(blocks.code()).isZero();
    assertThat(blocks.json().get("rows")).hasSize(2 * 5);
    CommandLineRun layers =
        gradcheck("--rule", "fa", "--net.layers", "[{conv: 2}, {pool: max, kernel: 8}]");
    assertThat(layers.code()).isZero();
    assertThat(layers.json().get("rows")).hasSize(2 * 2 * 2);
  }

  private static CommandLineRun gradcheck(String... options) {
    List<String> all =
        new ArrayList<>(
            List.of("gradcheck", "--check", "--json", "--quiet", "--activation", "tanh"));
    all.addAll(List.of(options));
    return CommandLineRun.of(all.toArray(String[]::new));
  }

  @Test
  void doctorShowsEveryBackend() throws IOException {
    JsonNode json = CommandLineRun.of("doctor", "--json").json();
    assertThat(json.get("backends"))
        .extracting(row -> row.get("name").asText())
        .contains("cpu", "reference", "cuda", "nd4j");
    for (JsonNode row : json.get("backends")) {
      assertThat(row.fieldNames()).toIterable().contains("name", "usable", "reason", "remedy");
      assertThat(row.get("remedy").asText().isEmpty()).isEqualTo(row.get("usable").asBoolean());
    }
    assertThat(CommandLineRun.of("doctor").out()).contains("backend reference", "products auto (");
  }

  @Test
  void doctorSaysWhetherLoopsAreNative() throws IOException {
    JsonNode json = CommandLineRun.of("doctor", "--json").json();
    assertThat(json.get("parts")).hasSize(1);
    JsonNode part = json.get("parts").get(0);
    assertThat(part.get("backend").asText()).isEqualTo("cpu");
    assertThat(part.get("name").asText()).isEqualTo("native loops");
    boolean used = part.get("used").asBoolean();
    String detail = part.get("detail").asText();
    String remedy = part.get("remedy").asText();
    assertThat(detail.startsWith("instruction set ")).isEqualTo(used);
    assertThat(remedy.isEmpty()).isEqualTo(used);
    assertThat(CommandLineRun.of("doctor").out().lines())
        .filteredOn(line -> line.startsWith("native loops"))
        .singleElement()
        .asString()
        .containsPattern(used ? " works +instruction set " : " no ")
        .endsWith(used ? detail : detail + "; " + remedy);
  }

  @Test
  void dataListShowsEverySet() throws IOException {
    JsonNode sets = CommandLineRun.of("data", "list", "--json").json().get("sets");
    assertThat(sets)
        .extracting(row -> row.get("name").asText())
        .contains("fashion-mnist-mini", "mnist", "synthetic");
    assertThat(sets.get(0).get("train").asInt()).isEqualTo(10_000);
    assertThat(sets.get(0).fieldNames())
        .toIterable()
        .contains("name", "path", "train", "test", "sha256", "ok");
  }

  @Test
  void dataCheckHashesTheBundledSet() throws IOException {
    CommandLineRun run = CommandLineRun.of("data", "check", "fashion-mnist-mini", "--json");
    assertThat(run.code()).isZero();
    assertThat(run.json().at("/sets/0/ok").asBoolean()).isTrue();
    assertThat(run.json().at("/sets/0/sha256").asText()).hasSize(64);
  }

  @Test
  void dataSynthMakesASetToTrainOn() throws IOException {
    Path file = folder.resolve("toy.npz");
    CommandLineRun made =
        CommandLineRun.of(
            "data",
            "synth",
            "--out",
            file.toString(),
            "--train",
            "53",
            "--test",
            "23",
            "--features",
            "5",
            "--outputs",
            "3",
            "--json");
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.json().at("/sets/0/train").asInt()).isEqualTo(53);
    CommandLineRun trained =
        CommandLineRun.train(folder.resolve("run"), "--data", "npz:" + file, "--json", "--quiet");
    assertThat(trained.code()).as(trained.err()).isZero();
    CommandLineRun.of("data", "synth", "--out", file.toString()).refuses("exists already");
    CommandLineRun.of("data", "synth", "--out", file.resolveSibling("none/x.npz").toString())
        .refuses("is not there; make it");
  }

  @Test
  void completionNamesTheCommands() {
    for (String shell : new String[] {"bash", "zsh"}) {
      CommandLineRun run = CommandLineRun.of("completion", shell);
      assertThat(run.code()).isZero();
      assertThat(run.out()).contains("gradcheck").contains("--width").contains("complete ");
    }
  }

  /** With --json there is nothing else on standard output, also of what is no JSON by itself. */
  @Test
  void documentsAreJsonToo() throws IOException {
    for (String shell : List.of("bash", "zsh")) {
      assertThat(CommandLineRun.of("completion", shell, "--json").json().get("script").asText())
          .isEqualTo(CommandLineRun.of("completion", shell).out());
    }
    assertThat(CommandLineRun.of("man", "--json").json().get("page").asText())
        .isEqualTo(CommandLineRun.of("man").out());
  }

  /** Every command with every option, and nothing that roff would take for its own. */
  @Test
  void theManualHasEveryCommandAndOption() {
    CommandLineRun run = CommandLineRun.of("man");
    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith(".TH LEMNISCATE 1\n");
    assertThat(run.out())
        .contains(
            "\n.SS \"lemniscate theory pepita\\-ode\"\n",
            "\n.SS \"lemniscate data get\"\n",
            "\n.B \\-\\-lr, \\-\\-optim.lr=",
            "\n.SH EXIT STATUS\n.TP\n.B 0\n");
    List<String> macros = List.of(".TH", ".SH", ".SS", ".TP", ".B", ".PP", ".nf", ".fi");
    assertThat(run.out().lines().filter(line -> line.startsWith(".") || line.startsWith("'")))
        .allSatisfy(line -> assertThat(macros).contains(line.split(" ")[0]));
  }
}
