package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DepthCommandTest {

  @TempDir private Path folder;

  /** Of further options, those that a small study does not have yet are added. */
  private CommandLineRun depth(String... further) {
    return CommandLineRun.withDefaults(
        "depth",
        List.of(
            "--depths",
            "4,6,8",
            // Without an interval the slope decides.
            "--seeds",
            "1",
            "--width",
            "13",
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
  void fitsTheLawsOfThoseThatThereAre() throws IOException {
    CommandLineRun run =
        depth(
            "--depths",
            "4,8,16",
            "--width",
            "32",
            "--schemes",
            "jacobi,fpa",
            "--check",
            "--json",
            "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("verdict").asText()).isEqualTo("pass");
    assertThat(json.get("slopes")).hasSize(2);
    assertThat(json.get("slopes").get(0).get("contender").asText()).isEqualTo("jacobi");
    assertThat(json.get("slopes").get(0).get("expected").asDouble()).isEqualTo(2);
    assertThat(json.get("slopes").get(1).get("expected").asDouble()).isEqualTo(1);
    assertThat(json.get("measurements")).hasSize(2 * 3);
    for (String file :
        List.of("steps.svg", "steps.csv", "reach.png", "slopes.csv", "measurements.csv")) {
      assertThat(out().resolve(file)).isNotEmptyFile();
    }
    assertThat(Files.readString(Path.of(json.get("report").asText())))
        .contains(
            "Depth: how many steps inference needs",
            "All 2 judged slopes are within their tolerances",
            "residual blocks");
  }

  /** The same folder is not measured twice, and a law that is missed ends with 4. */
  @Test
  void failsWhereALawIsMissed() throws IOException {
    String[] options = {"--schemes", "jacobi", "--tolerance", "0.0001", "--check", "--quiet"};
    CommandLineRun run = depth(options);
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out()).contains("FAIL", "verdict: fail");
    List<String> measured = Files.readAllLines(out().resolve("measurements.jsonl"));
    CommandLineRun again =
        depth("--resume", "--schemes", "jacobi", "--tolerance", "0.0001", "--quiet");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(Files.readAllLines(out().resolve("measurements.jsonl"))).isEqualTo(measured);
  }

  @Test
  void comparesAnyKeys() {
    CommandLineRun run =
        depth(
            "--contender", "slow:pc.scheme=jacobi,pc.gamma=1,pc.rate=0.0001", "--quiet", "--check");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("slow", "> 384", "not judged", "verdict: not judged");
  }

  private CommandLineRun accuracy(String... further) {
    return CommandLineRun.withDefaults(
        "depth",
        List.of(
            "--depths",
            "3,8",
            "--width",
            "9",
            "--data.train",
            "67",
            "--data.test",
            "41",
            "--batch",
            "8",
            "--epochs",
            "1",
            "--backend",
            "cpu",
            "--out",
            out().toString()),
        further);
  }

  /** All at once: what is trained is kept, and more can be added to it. */
  @Test
  void trainsNetworksSideBySide() throws IOException {
    CommandLineRun run =
        accuracy("--accuracy", "--schemes", "bp,fpa,error,error-gamma-1", "--json", "--quiet");
    assertThat(run.code()).as(run.out() + run.err()).isZero();
    JsonNode all = run.json().get("measurements");
    assertThat(all).hasSize(2 * 4);
    JsonNode bp = all.get(4);
    assertThat(bp.get("contender").asText()).isEqualTo("bp");
    assertThat(bp.get("depth").asInt()).isEqualTo(8);
    assertThat(all.get(5).get("accuracies")).isEqualTo(bp.get("accuracies"));
    assertThat(all.get(6).get("gammaLast").asDouble()).isEqualTo(0.03 / 8);
    assertThat(all.get(7).get("gammaLast").asDouble()).isEqualTo(1);
    // At the start, after the ten steps of an epoch of eight, and at its end.
    assertThat(all.get(7).get("equilibriumFactors")).hasSize(2);
    for (String file :
        List.of("accuracy.svg", "causes.csv", "accuracies.csv", "measurements.jsonl")) {
      assertThat(out().resolve(file)).isNotEmptyFile();
    }
    assertThat(Files.readString(Path.of(run.json().get("report").asText())))
        .contains("Depth: what networks learn", "γ_L for s ≤ 1.1");
    List<String> measured = Files.readAllLines(out().resolve("measurements.jsonl"));
    CommandLineRun more =
        accuracy(
            "--accuracy",
            "--schemes",
            "bp",
            "--contender",
            "late:pc.steps=3",
            "--resume",
            "--quiet");
    assertThat(more.code()).as(more.err()).isZero();
    assertThat(more.out()).contains("late", "largest s");
    assertThat(Files.readAllLines(out().resolve("measurements.jsonl")))
        .startsWith(measured.toArray(String[]::new))
        .hasSize(measured.size() + 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--accuracy --check|--check is given with --accuracy",
        "--accuracy --at-steps 3|--at-steps is given with --accuracy",
        "--accuracy --schemes si|--schemes has 'si'; expected some of bp, fpa",
        "--accuracy --contender x|--contender is 'x'; expected NAME:KEY=VALUE",
        "--accuracy --contender x:pc.scheme=si,pc.momentum=0.5|pc.momentum with pc.scheme si",
        "--schemes fpa|data.train is given, but nothing is trained without --accuracy"
      })
  void refusesWhatItCannotTrain(String options, String message) {
    CommandLineRun run = accuracy(options.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(out()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--schemes|jacobi,nothing|--schemes has 'nothing'; expected some of jacobi, si",
        "--schemes|jacobi,jacobi|contenders [jacobi, jacobi]: expected at least one, each once",
        "--contender|slow|--contender is 'slow'; expected NAME:KEY=VALUE",
        "--contender|slow:pc.steps=3|which sets pc.steps",
        "--contender|slow:pc.nothing=3|pc.nothing",
        "--depths|4,8|at least 3 depths",
        "--at-steps|0|--at-steps is 0; expected an integer from 1",
        "--preset|mlp|no residual blocks"
      })
  void refusesWhatItCannotCompare(String option, String value, String message) {
    CommandLineRun run = depth(option, value);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(out()).doesNotExist();
  }
}
