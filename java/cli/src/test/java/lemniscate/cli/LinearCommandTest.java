package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LinearCommandTest {

  @TempDir private Path folder;

  private CommandLineRun linear(String... further) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "linear", "--backend", "cpu", "--relaxed-up-to", "32", "--out", out().toString()));
    List<String> extra = List.of(further);
    if (!extra.contains("--seeds")) {
      args.addAll(1, List.of("--seeds", "3"));
    }
    if (!extra.contains("--widths")) {
      args.addAll(List.of("--widths", "32,64,128"));
    }
    args.addAll(extra);
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  void linearNetworksFollowTheTheory() throws IOException {
    CommandLineRun run = linear("--json", "--quiet", "--widths", "128,256,512");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode json = run.json();
    // Under SP the intervals of three seeds lie across a bound.
    assertThat(json.get("slopes")).noneMatch(slope -> slope.get("verdict").asText().equals("fail"));
    assertThat(json.get("activation").asText()).isEqualTo("linear");
    // Two schemes, three precisions, three widths.
    assertThat(json.get("rows")).hasSize(18);
    for (JsonNode row : json.get("rows")) {
      assertThat(row.fieldNames())
          .toIterable()
          .contains(
              "width",
              "gammaExponent",
              "scheme",
              "cosPcBp",
              "cosPcGnt",
              "cosBpGnt",
              "preconditionerNorm");
      assertThat(row.get("cosPcBp").asDouble())
          .isCloseTo(1 - row.get("oneMinusCosPcBp").asDouble(), within(1e-15));
      assertThat(row.get("layers")).hasSize(3);
    }
    Map<Double, Double> expected = Map.of(0.0, -2.0, -0.5, -1.0, -1.0, 0.0);
    int judged = 0;
    for (JsonNode slope : json.get("slopes")) {
      if (slope.get("quantity").asText().equals("1-cos(PC,BP)")) {
        double exponent =
            slope.get("scheme").asText().equals("sp")
                ? -1
                : expected.get(slope.get("gammaExponent").asDouble());
        assertThat(slope.get("expected").asDouble()).isEqualTo(exponent);
        assertThat(slope.get("slope").asDouble()).isCloseTo(exponent, within(0.3));
        assertThat(slope.get("low").asDouble()).isLessThan(slope.get("slope").asDouble());
        judged++;
      }
      assertThat(slope.get("pass").isNull()).isEqualTo(slope.has("reason"));
    }
    assertThat(judged).isEqualTo(6);
    Path report = Path.of(json.get("report").asText());
    assertThat(report).isEqualTo(out().resolve("report.html"));
    assertThat(report)
        .content()
        .contains(
            "linear networks",
            "? inconclusive",
            "pc-bp.svg",
            "may or may not be within their tolerances")
        .contains("lemniscate linear --seeds 3");
    for (String end : List.of(".csv", ".svg", ".png")) {
      assertThat(out().resolve("pc-bp" + end)).isNotEmptyFile();
    }
    assertThat(Files.readAllLines(out().resolve("slopes.csv")))
        .hasSize(1 + json.get("slopes").size());
    // 18 rows, 3 seeds; hidden, all and three layers.
    assertThat(Files.readAllLines(out().resolve("directions.csv"))).hasSize(1 + 18 * 3 * 5);
    assertThat(Files.readAllLines(out().resolve("equilibria.csv"))).hasSize(1 + 18 * 3);
  }

  @Test
  void relaxationsAreHeldAgainstTheClosedForm() throws IOException {
    JsonNode json = linear("--json", "--quiet", "--schemes", "mup", "--steps", "0,3").json();
    // First seed, width 32, three precisions, two numbers of steps.
    assertThat(json.get("relaxations")).hasSize(6);
    for (JsonNode rest : json.get("relaxations")) {
      assertThat(rest.get("width").asInt()).isEqualTo(32);
      assertThat(rest.get("difference").asDouble()).isPositive().isLessThan(1e-8);
      assertThat(rest.get("pass").asBoolean()).isTrue();
    }
    assertThat(out().resolve("pc-bp-after-3.svg")).isNotEmptyFile();
  }

  @Test
  void relaxationThatDoesNotEndFailsTheCheck() {
    CommandLineRun run = linear("--check", "--schemes", "mup", "--pc.maxSteps", "5");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out()).contains("3 FAIL").contains("verdict: fail");
    assertThat(out().resolve("report.html"))
        .content()
        .contains("✗ fail", "3 of 3 relaxations did not end where they must");
  }

  /** At a tiny width the exponents are not there yet, and the check says so. */
  @Test
  void slopeThatMissesFailsTheCheck() {
    // Of one seed, without an interval, the slope decides.
    CommandLineRun run =
        linear(
            "--check",
            "--gamma-exponents",
            "-0.5",
            "--widths",
            "10,12,14",
            "--schemes",
            "mup",
            "--seeds",
            "1");
    assertThat(run.code()).as(run.out() + run.err()).isEqualTo(4);
    assertThat(run.out()).contains("FAIL").contains("verdict: fail");
    assertThat(out().resolve("report.html")).content().contains("judged slopes miss");
  }

  @Test
  void tanhNetworksAreRelaxed() throws IOException {
    CommandLineRun run =
        linear("--activation", "tanh", "--pc.tolerance", "1e-8", "--json", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    // One precision under sp, three under mup; three widths.
    assertThat(json.get("rows")).hasSize(12);
    assertThat(json.get("relaxations")).hasSize(36).allMatch(r -> r.get("difference").isNull());
    double[] narrowAndWide = new double[2];
    for (JsonNode row : json.get("rows")) {
      if (row.get("scheme").asText().equals("mup") && row.get("gammaExponent").asDouble() == 0) {
        narrowAndWide[row.get("width").asInt() == 32 ? 0 : 1] =
            row.get("oneMinusCosPcBp").asDouble();
      }
    }
    // Four times the width, exponent −2, not yet in the limit.
    assertThat(narrowAndWide[0] / narrowAndWide[1]).isCloseTo(16, Percentage.withPercentage(60));
  }

  @Test
  void showsTablesAndProgress() {
    CommandLineRun run = linear();
    assertThat(run.code()).isZero();
    assertThat(run.err()).contains("width 32 done, 6 of 18 networks");
    assertThat(run.out())
        .startsWith("scheme")
        .containsPattern("1-cos\\(PC,BP\\) +mup +0\\.0 +0 +-[12]\\.")
        .contains("not judged, 1-cos(PC,GNT) under mup: ")
        .contains("relative difference from the closed form at most")
        .contains("directions.csv");
  }

  @Test
  void resultsAreNotOverwritten() throws IOException {
    Files.createDirectories(out());
    Files.writeString(out().resolve("slopes.csv"), "kept");
    linear("--quiet").refuses("already holds a slopes.csv", "name another folder");
    assertThat(out().resolve("slopes.csv")).hasContent("kept");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--widths 64,128 | needs at least 3 widths",
        "--set net.preset=lenet | takes fully connected networks alone",
        "--widths 128,64,256 | widths [128, 64, 256]: expected increasing",
        "--widths 8,64,128 | narrower than the 10 outputs",
        "--widths 64,x,128 | is not an int",
        "--gamma-exponents 0,0 | each once",
        "--gamma-exponents NaN | gamma exponents [NaN]: expected finite",
        "--gamma-exponents x | is not a double",
        "--schemes sp,sp | schemes [sp, sp]: expected schemes, each once",
        "--schemes up | up",
        "--steps -1 | steps [-1]",
        "--steps 5,1 | steps [5, 1]",
        "--seeds 0 | seeds is 0",
        "--relaxed-up-to -1 | relaxed up to width -1",
        "--activation relu | net.activation is relu; expected linear, or tanh",
        "--activation tanh --schemes sp --gamma-exponents -1 | no relaxation is stable",
        "--pc.gamma 1,2,3 | lists 3 numbers; expected one, or 2",
        "--schemes sp --steps 3 --check | none of these slopes has a known exponent",
        "--set precision=fp32 | precision is fp32; expected fp64",
        "--set loss=ce | loss is ce; expected mse",
        "--set pc.gammaExponent=-1 | list exponents by --gamma-exponents",
        "--set pc.scheme=jacobi | pc.scheme is jacobi; expected equilibrium",
        "--set net.width=8 | --set: net.width has no meaning for linear; use --widths.",
        "--set param.scheme=sp | --set: param.scheme is sp; expected mup, for list schemes",
        "--set train.epochs=2 | --set: train.epochs has no meaning for linear; leave it out.",
        "--loss ce | --loss",
      })
  void badInputEndsBeforeWork(String options, String message) {
    List<String> args = new ArrayList<>(List.of("linear", "--backend", "reference"));
    args.addAll(List.of("--out", out().toString()));
    args.addAll(List.of(options.split(" ")));
    CommandLineRun.of(args.toArray(String[]::new)).refuses(message);
    assertThat(out()).doesNotExist();
  }
}
