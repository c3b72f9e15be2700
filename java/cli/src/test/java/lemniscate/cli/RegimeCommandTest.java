package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RegimeCommandTest {

  @TempDir private Path folder;

  /** Widths this small miss the exponents by more than the default tolerance. */
  private static final String WIDE = "--tolerance=0.2";

  /** Of further options, those that a small study does not have yet are added. */
  private CommandLineRun regime(String... further) {
    return CommandLineRun.withDefaults(
        "regime",
        List.of(
            "--rules",
            "bp,dtp",
            "--schemes",
            "ntk",
            "--widths",
            "64,128,256,512",
            "--steps",
            "1,3",
            "--backend",
            "cpu",
            "--out",
            out().toString()),
        further);
  }

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  void tellsLazyFromFeatureLearning() throws IOException {
    CommandLineRun run = regime("--tolerance=0.5", "--seeds", "4", "--check", "--json", "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    // 2 rules, 2 numbers of steps, 4 widths.
    assertThat(json.get("rows")).hasSize(16);
    for (JsonNode row : json.get("rows")) {
      for (String field :
          List.of("featureChange", "kernelChange", "ntkChange", "linearisedGap", "omega")) {
        assertThat(row.get(field).isNumber()).as(field).isTrue();
      }
      JsonNode layers = row.get("featureChangeByLayer");
      assertThat(layers).hasSize(3);
      assertThat(layers.get(2).asDouble()).isEqualTo(row.get("featureChange").asDouble());
      // The alignment of the theory, whose constants fade with the width.
      assertThat(row.get("omega").asDouble()).isBetween(0.2, 1.2);
    }
    assertThat(json.get("regimes"))
        .extracting(row -> row.get("rule").asText() + " " + row.get("regime").asText())
        .containsExactly("bp lazy", "bp lazy", "dtp feature learning", "dtp feature learning");
    for (JsonNode slope : json.get("slopes")) {
      // What is not judged says why.
      assertThat(slope.get("pass").isNull()).isEqualTo(slope.has("reason"));
    }
    Path report = Path.of(json.get("report").asText());
    assertThat(report).content().contains("Kernel or feature learning", "✓ pass", "regime-ntk.svg");
    assertThat(out().resolve("regime-ntk.csv")).isNotEmptyFile();
    assertThat(Files.readAllLines(out().resolve("slopes.csv")))
        .hasSize(1 + json.get("slopes").size());
    // 4 widths, 4 seeds.
    assertThat(Files.readAllLines(out().resolve("measurements.csv")))
        .hasSize(1 + 16 * json.get("slopes").size());
  }

  /** None has a kernel regime, and ff has no tangent kernel to measure. */
  @Test
  void forwardOnlyRulesLearnFeatures() throws IOException {
    List<String> rules = List.of("pepita", "fa", "dfa", "drtp", "ff");
    CommandLineRun run =
        regime(
            WIDE,
            "--rules",
            String.join(",", rules),
            "--widths",
            "128,256,512",
            "--seeds",
            "3",
            "--steps",
            "3",
            "--json",
            "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    // Some intervals of three seeds lie across a bound.
    assertThat(run.json().get("slopes"))
        .noneMatch(slope -> slope.get("verdict").asText().equals("fail"));
    assertThat(run.json().get("regimes"))
        .extracting(row -> row.get("rule").asText() + " " + row.get("regime").asText())
        .containsExactlyElementsOf(rules.stream().map(rule -> rule + " feature learning").toList());
    for (JsonNode row : run.json().get("rows")) {
      boolean tangents = !row.get("rule").asText().equals("ff");
      assertThat(row.get("ntkChange").isNumber()).as(row.toString()).isEqualTo(tangents);
      assertThat(row.get("linearisedGap").isNumber()).isEqualTo(tangents);
      assertThat(row.get("featureChange").asDouble()).isPositive();
    }
    assertThat(run.json().get("slopes"))
        .filteredOn(slope -> slope.get("rule").asText().equals("ff") && slope.has("reason"))
        .extracting(slope -> slope.get("reason").asText())
        .anyMatch(reason -> reason.contains("no tangent kernel moves it"));
  }

  @Test
  void missedExponentFails() {
    CommandLineRun run = regime("--tolerance=1e-9", "--check", "--seeds", "1");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out())
        .startsWith("rule")
        .contains("FAIL", "verdict: fail", "expected -0.50", "report.html");
    assertThat(run.err()).contains("width 64 done, 4 of 16 networks");
    assertThat(out().resolve("report.html")).content().contains("✗ fail");
  }

  @Test
  void resultsAreNotOverwritten() throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve("slopes.csv"), "kept");
    regime("--quiet").refuses("already holds a slopes.csv", "name another folder");
    assertThat(out().resolve("slopes.csv")).hasContent("kept");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rules bp,tpp | --rules names 'tpp'; expected some of bp, pc, gnt, tp, dtp, fa",
        "--rules ff --ff.normalization l2 | ff.normalization l2",
        "--rules pepita --pepita.projection normal --pepita.mirrorEvery 1 | pepita.mirrorEvery",
        "--rules bp,bp | bp under sp is named twice",
        "--preset lenet | unit 1 of the network (conv-activation-pool) has no single weight matrix:"
            + " regime measures the tangent kernel through them; use coord-check",
        "--schemes mupp | mupp",
        "--widths 64,128 | needs at least 3 widths",
        "--set net.width=8 | net.width has no meaning",
        "--widths 128,64,256 | widths [128, 64, 256]: expected increasing",
        "--widths 64,128,4000000 | net.width is 4000000",
        "--steps 5,1 | steps [5, 1]",
        "--seeds 0 | seeds is 0",
        "--tolerance 0 | tolerance 0.0",
        "--set rule=bp | takes rules by --rules",
        "--set train.epochs=2 | train.epochs has no meaning for regime",
        "--set param.scheme=sp | takes rules by --rules",
        "--set optim.name=adam | gradient descent",
        "--loss ce | --loss",
        "--rules tp --tp.feedback transpose | without difference correction",
        "--rules pc --pc.scheme ipc | pc.scheme ipc",
      })
  void badInputEndsBeforeWork(String options, String message) {
    List<String> args = new ArrayList<>(List.of("regime", "--backend", "reference"));
    args.addAll(List.of("--out", out().toString()));
    args.addAll(List.of(options.split(" ")));
    CommandLineRun.of(args.toArray(String[]::new)).refuses(message);
    assertThat(out()).doesNotExist();
  }
}
