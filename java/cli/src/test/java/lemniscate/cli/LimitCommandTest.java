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

final class LimitCommandTest {

  @TempDir private Path folder;

  private Path out() {
    return folder.resolve("out");
  }

  private CommandLineRun limit(String... further) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "limit",
                "--rule",
                "bp",
                "--data",
                "synthetic",
                "--data.train",
                "53",
                "--data.test",
                "23",
                "--batch",
                "5",
                "--param.baseWidth",
                "4",
                "--backend",
                "cpu",
                "--threads",
                "1",
                "--out",
                out().toString()));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void givesValuesWidthsAndALimitOrAReason() throws IOException {
    CommandLineRun run =
        limit("--widths", "8,16,32,64", "--seeds", "4", "--steps", "5", "--json", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("quantity").asText()).isEqualTo("loss");
    assertThat(json.get("widths")).hasSize(4);
    assertThat(json.get("values")).hasSize(4).allMatch(value -> value.asDouble() > 0);
    assertThat(json.fieldNames())
        .toIterable()
        .contains("limit", "limitLow", "limitHigh", "exponent", "r2", "verdict", "report");
    // A number or a reason, never neither.
    assertThat(json.get("limit").isNull())
        .isEqualTo(json.get("verdict").asText().equals("unsupported"));
    assertThat(json.get("reason").isNull())
        .isEqualTo(json.get("verdict").asText().equals("fitted"));
    Path report = Path.of(json.get("report").asText());
    assertThat(report).isEqualTo(out().resolve("report.html")).isNotEmptyFile();
    assertThat(out().resolve("limit-over-width.svg")).isNotEmptyFile();
    assertThat(out().resolve("config.yaml")).isNotEmptyFile();
    assertThat(Files.readString(out().resolve("limit.json")).strip()).isEqualTo(run.out().strip());
    assertThat(Files.readAllLines(out().resolve("limit.csv"))).hasSize(1 + 4);
    assertThat(Files.readAllLines(out().resolve("measurements.jsonl"))).hasSize(4 * 4);
  }

  @Test
  void takesConvolutionalNetworks() throws IOException {
    for (String metric : List.of("loss", "feature-change", "cosine")) {
      Path file = folder.resolve(metric);
      CommandLineRun run =
          CommandLineRun.of(
              "limit",
              "--rule",
              "pc",
              "--pc.steps",
              "4",
              "--preset",
              "lenet",
              "--depth",
              "1",
              "--data",
              "fashion-mnist-mini",
              "--data.train",
              "12",
              "--data.test",
              "5",
              "--batch",
              "4",
              "--param.baseWidth",
              "2",
              "--backend",
              "cpu",
              "--threads",
              "1",
              "--widths",
              "2,3,5,8",
              "--seeds",
              "3",
              "--steps",
              "1",
              "--metric",
              metric,
              "--json",
              "--quiet",
              "--out",
              file.toString());
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.json().get("values")).hasSize(4).allMatch(value -> value.asDouble() > 0);
    }
  }

  @Test
  void tooLittleDataGiveNoLimitButTheirValues() {
    CommandLineRun run = limit("--widths", "8,16", "--seeds", "1", "--steps", "2", "--check");
    assertThat(run.code()).as(run.err()).isEqualTo(4);
    assertThat(run.out())
        .startsWith("width")
        .contains("no limit: 2 widths; three parameters need at least 4")
        .doesNotContain("infinite");
    assertThat(run.err()).contains("width 8 done").contains("width 16 done, 100 %");
  }

  @Test
  void resumesAndDoesNotOverwrite() throws IOException {
    limit("--widths", "8,16", "--seeds", "2", "--steps", "2", "--quiet");
    List<String> before = Files.readAllLines(out().resolve("measurements.jsonl"));
    limit("--widths", "8,16", "--seeds", "2", "--steps", "2")
        .refuses("already holds a measurements.jsonl", "--resume");
    CommandLineRun run =
        limit("--widths", "8,16,24", "--seeds", "2", "--steps", "2", "--resume", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllLines(out().resolve("measurements.jsonl")))
        .hasSize(6)
        .startsWith(before.toArray(String[]::new));
    limit("--widths", "8,16", "--seeds", "2", "--steps", "3", "--resume")
        .refuses("another configuration");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--widths 16,8 | widths [16, 8]: expected increasing",
        "--widths 0 | widths [0]",
        "--seeds 0 | seeds is 0",
        "--metric los | --metric is 'los'; expected one of loss, test-loss",
        "--steps 0 | --steps",
        "--widths 8,4000000 | net.width is 4000000",
        "--width 8 | --width",
        "--set net.width=8 | --set: net.width has no meaning for limit; use --widths.",
      })
  void badInputEndsBeforeWork(String options, String message) {
    limit(options.split(" ")).refuses(message);
    assertThat(out()).doesNotExist();
  }

  @Test
  void resumeNeedsAFolder() {
    CommandLineRun.of("limit", "--resume").refuses("--resume is given without --out");
  }
}
