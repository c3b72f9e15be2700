package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Order(1)
final class CoordCheckCommandTest {

  @TempDir private Path folder;

  /** Of further options, those that a small study does not have yet are added. */
  private CommandLineRun coordCheck(String... further) {
    return CommandLineRun.withDefaults(
        "coord-check",
        List.of(
            "--rule",
            "bp",
            "--widths",
            "128,256,512",
            "--steps",
            "1",
            "--seeds",
            "3",
            // Widths this small miss the exponents by more than the default tolerance.
            "--tolerance",
            "0.2",
            "--backend",
            "cpu",
            "--out",
            out().toString()),
        further);
  }

  private Path out() {
    return folder.resolve("out");
  }

  private CommandLineRun overDepths(String... further) {
    return CommandLineRun.withDefaults(
        "coord-check",
        List.of(
            "--depths",
            "4,6,9",
            "--preset",
            "resmlp",
            "--width",
            "9",
            "--pc.scheme",
            "jacobi",
            "--pc.steps",
            "11",
            "--pc.rate",
            "0.01",
            "--steps",
            "1,2",
            "--seeds",
            "2",
            "--backend",
            "cpu",
            "--out",
            out().toString()),
        further);
  }

  /** Over depths it shows how far credit reaches: small steps leave the lower units without. */
  @Test
  void showsReachOverDepths() throws IOException {
    CommandLineRun run = overDepths();
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("credit reach: ", " at depth 4, ", " at depth 9");
    assertThat(Files.readString(out().resolve("report.html"))).contains("At the initial weights");
    JsonNode reach = overDepths("--resume", "--json", "--quiet").json().get("reach");
    assertThat(reach).hasSize(3);
    assertThat(reach.get("9").asDouble()).isLessThan(0.7).isLessThan(reach.get("4").asDouble());
  }

  @Test
  void passesUnderMaximalUpdates() throws IOException {
    // Wide enough for the intervals of three seeds.
    CommandLineRun run = coordCheck("--tolerance", "0.8", "--check", "--json", "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("rule").asText()).isEqualTo("bp");
    assertThat(json.get("scheme").asText()).isEqualTo("mup");
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    Path report = Path.of(json.get("report").asText());
    assertThat(report).isEqualTo(out().resolve("report.html"));
    assertThat(report)
        .content()
        .contains("Coordinate check: bp under mup", "✓ pass", "moves-after-1.svg")
        .contains("lemniscate coord-check --rule bp")
        .contains("<th scope=\"row\">backend</th><td>cpu</td>");
    for (String end : List.of(".csv", ".svg", ".png")) {
      assertThat(out().resolve("sizes-at-the-start" + end)).isNotEmptyFile();
      assertThat(out().resolve("moves-after-1" + end)).isNotEmptyFile();
    }
    assertThat(Files.readAllLines(out().resolve("slopes.csv")))
        .hasSize(1 + json.get("slopes").size());
    // 3 widths, 1 number of steps, 3 seeds.
    assertThat(Files.readAllLines(out().resolve("measurements.csv")))
        .hasSize(1 + 9 * json.get("slopes").size());
    for (JsonNode slope : json.get("slopes")) {
      assertThat(slope.fieldNames())
          .toIterable()
          .contains("quantity", "layer", "step", "slope", "low", "high", "expected", "pass");
      assertThat(slope.get("low").asDouble()).isLessThanOrEqualTo(slope.get("slope").asDouble());
      // What is not judged says why.
      assertThat(slope.get("pass").isNull()).isEqualTo(slope.has("reason"));
    }
    assertThat(json.get("slopes"))
        .filteredOn(slope -> slope.get("quantity").asText().equals("dh"))
        .extracting(slope -> slope.get("expected").asDouble())
        .containsExactly(0.0, 0.0, 0.0);
  }

  /** As derived in docs/rules; sums of independent terms are not judged. */
  @ParameterizedTest
  @CsvSource({
    "pepita, mup, sgd",
    "fa, mup, sgd",
    "dfa, mup, sgd",
    "drtp, mup, sgd",
    "ff, mup, sgd",
    "pepita, mup, adam",
    "fa, mup, adam",
    "ff, mup, adam",
    "pepita, ntk, adam",
    "fa, ntk, adam",
    "drtp, ntk, adam",
    "ff, ntk, adam",
    "fa, sp, sgd"
  })
  void forwardOnlyRulesHaveTheirExponents(String rule, String scheme, String optimizer)
      throws IOException {
    CommandLineRun run =
        coordCheck(
            "--rule", rule, "--scheme", scheme, "--optim.name", optimizer, "--json", "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    // Some intervals of three seeds lie across a bound.
    assertThat(run.json().get("slopes"))
        .noneMatch(slope -> slope.get("verdict").asText().equals("fail"))
        .filteredOn(slope -> !slope.get("pass").isNull())
        // h, e, dh and dWh of three layers, and what the last layer learns.
        .hasSizeGreaterThanOrEqualTo(13);
  }

  /** The exponents of backpropagation: an input weight that learns M times too fast. */
  @ParameterizedTest
  @ValueSource(strings = {"pepita", "fa", "dfa", "drtp", "ff"})
  void forwardOnlyRulesFailWithExponentsOfBackpropagation(String rule) {
    CommandLineRun run =
        coordCheck("--rule", rule, "--wrong", "input.c=-1", "--lr", "0.001", "--check", "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(4);
  }

  @Test
  void wrongExponentFails() {
    CommandLineRun run = coordCheck("--wrong", "hidden.c=-1", "--check");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out()).contains("FAIL").contains("verdict: fail").contains("report.html");
    assertThat(out().resolve("report.html"))
        .content()
        .contains("✗ fail", "on purpose: hidden.c=-1", "judged slopes miss");
  }

  /** The means over seeds have the slope that is judged, for it is a mean over seeds too. */
  @Test
  void figuresHaveTheSlopesOfTheTable() throws IOException {
    JsonNode json = coordCheck("--json", "--quiet").json();
    JsonNode slope = null;
    for (JsonNode candidate : json.get("slopes")) {
      if (candidate.get("quantity").asText().equals("dh") && candidate.get("layer").asInt() == 2) {
        slope = candidate;
      }
    }
    assertThat(slope).isNotNull();
    // Widths 128, 256, 512: by least squares the outer ones decide.
    List<Double> sizes =
        Files.readAllLines(out().resolve("moves-after-1.csv")).stream()
            .filter(line -> line.startsWith("change of activities,layer 2,value,"))
            .map(line -> Double.parseDouble(line.split(",")[4]))
            .toList();
    assertThat(sizes).hasSize(3);
    // Rounding of logarithms.
    assertThat(Math.log(sizes.get(2) / sizes.get(0)) / Math.log(4))
        .isCloseTo(slope.get("slope").asDouble(), within(1e-9));
  }

  @Test
  void resultsAreNotOverwritten() throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve("slopes.csv"), "kept");
    coordCheck("--quiet").refuses("already holds a slopes.csv", "name another folder");
    assertThat(out().resolve("slopes.csv")).hasContent("kept");
  }

  @Test
  void showsATableAndProgress() {
    CommandLineRun run = coordCheck("--scheme", "ntk");
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("width 128 done, 3 of 9 networks");
    assertThat(run.out())
        .startsWith("quantity")
        .containsPattern("dh +1 +1 +-0\\.")
        .contains("not judged, f: ")
        .contains("measurements.csv");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--widths 64,128 | needs at least 3 widths",
        "--widths 0,64,128 | widths [0, 64, 128]: expected increasing integers",
        "--widths 128,64,256 | widths [128, 64, 256]: expected increasing",
        "--widths 64,64,128 | each once",
        "--widths 64,x,128 | is not an int",
        "--steps 0 | steps [0]",
        "--steps 5,1 | steps [5, 1]",
        "--seeds 0 | seeds is 0",
        "--tolerance 0 | tolerance 0.0",
        "--tolerance nan | nan",
        "--wrong hidden | expected ROLE.c=NUMBER",
        "--wrong middle.c=1 | with a role among input, hidden",
        "--wrong hidden.c=x | expected ROLE.c=NUMBER",
        "--wrong branch.cD=x | or branch.cD=NUMBER",
        "--wrong branch.c=1 | with a role among input, hidden",
        "--wrong branch.cD=1 | have no residual branches",
        "--rule pc --pc.scheme ipc | pc.scheme ipc",
        "--rule pc --pc.steps 2 | pc.steps 2",
        "--rule pc --pc.gammaExponent -2 | pc.gammaExponent -2",
        "--rule pc --scheme sp --pc.gammaExponent -1 | under sp",
        "--set loss=ce | loss is ce",
        "--set data.name=mnist | --set: data.name has no meaning for coord-check; leave it out.",
        "--set optim.weightDecay=0.1 | optim.weightDecay is 0.1",
        "--loss ce | --loss",
      })
  void badInputEndsBeforeWork(String options, String message) {
    List<String> args = new ArrayList<>(List.of("coord-check", "--backend", "reference"));
    args.addAll(List.of("--out", out().toString()));
    args.addAll(List.of(options.split(" ")));
    CommandLineRun.of(args.toArray(String[]::new)).refuses(message);
    assertThat(out()).doesNotExist();
  }

  /** One file serves several commands, each of which reads its own keys. */
  @Test
  void filesMayHoldKeysOfOtherCommands() throws IOException {
    Path file = Files.writeString(folder.resolve("all.yaml"), "data: {name: mnist}\n");
    CommandLineRun.of("coord-check", "--config", file.toString(), "--widths", "64,128")
        .refuses("widths [64, 128]");
  }
}
