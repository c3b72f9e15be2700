package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PepitaOdeCommandTest {

  @TempDir private Path folder;

  private CommandLineRun ode(String... further) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "theory",
                "pepita-ode",
                "--inputs",
                "80",
                "--end",
                "6",
                "--points",
                "4",
                "--copies",
                "2",
                "--out",
                out().toString()));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  void comparesSimulationAndEquations() throws IOException {
    // Few inputs and copies: what is tested here is what is written.
    CommandLineRun run =
        ode("--json", "--quiet", "--check", "--tolerance", "0.5", "--student", "3");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    assertThat(json.get("studentUnits").asInt()).isEqualTo(3);
    assertThat(json.get("lr").asDouble()).isEqualTo(0.5);
    assertThat(json.get("outputLr").asDouble()).isEqualTo(0.5);
    assertThat(json.get("curves"))
        .extracting(curve -> curve.get("rule").asText())
        .containsExactly("afa", "pepita");
    double largest = 0;
    for (JsonNode curve : json.get("curves")) {
      assertThat(curve.get("points")).hasSize(5);
      for (JsonNode point : curve.get("points")) {
        double theory = point.get("theory").asDouble();
        largest = Math.max(largest, Math.abs(point.get("simulation").asDouble() - theory) / theory);
      }
      // The start is measured, so that it is the same.
      assertThat(curve.get("points").get(0).get("simulation"))
          .isEqualTo(curve.get("points").get(0).get("theory"));
    }
    assertThat(json.get("relativeDifference").asDouble()).isCloseTo(largest, within(1e-15));
    assertThat(Path.of(json.get("report").asText()))
        .isEqualTo(out().resolve("report.html"))
        .content()
        .contains(
            "✓ pass", "errors.svg", "overlaps.csv", "lemniscate theory pepita-ode --inputs 80");
    assertThat(Files.readAllLines(out().resolve("curves.csv")))
        .hasSize(1 + 2 * 5)
        .first()
        .isEqualTo("rule,time,simulation,low,high,theory,relativeDifference");
    assertThat(out().resolve("overlaps.csv")).content().startsWith("rule,copy,time,overlap,");
  }

  @Test
  void distanceFailsTheCheck() {
    CommandLineRun run = ode("--check", "--tolerance", "1e-9", "--rules", "afa", "--noise", "0.1");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out()).contains("FAIL", "verdict: fail").doesNotContain("pepita, simulated");
  }

  @Test
  void ratesCanDiffer() throws IOException {
    JsonNode json = ode("--json", "--quiet", "--lr", "0.25", "--output-lr", "0.75").json();
    assertThat(json.get("lr").asDouble()).isEqualTo(0.25);
    assertThat(json.get("outputLr").asDouble()).isEqualTo(0.75);
  }

  @Test
  void divergenceHasItsExitCode() {
    CommandLineRun run = ode("--lr", "400");
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("diverged", "use a smaller optim.lr (it was 400.0)");
  }

  @Test
  void badInputIsRefusedBeforeTheFolderIsMade() {
    assertThat(ode("--rules", "pepito").err())
        .contains("--rules names 'pepito'", "nearest is 'pepita'");
    assertThat(ode("--student", "0").code()).isEqualTo(2);
    assertThat(ode("--rules", "afa,afa").code()).isEqualTo(2);
    assertThat(ode("--noise", "-1").err()).contains("noise is -1.0");
    assertThat(out()).doesNotExist();
    assertThat(CommandLineRun.of("theory").code()).isEqualTo(2);
  }

  @Test
  void finishedStudyIsNotOverwritten() {
    assertThat(ode("--quiet").code()).isZero();
    CommandLineRun again = ode();
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("already holds a report.html");
  }
}
