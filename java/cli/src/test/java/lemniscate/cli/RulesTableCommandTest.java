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

final class RulesTableCommandTest {

  @TempDir private Path folder;

  private CommandLineRun table(Path out, String... further) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "reproduce",
                "rules-table",
                "--data",
                "synthetic",
                "--data.train",
                "160",
                "--data.test",
                "40",
                "--data.validation",
                "50",
                "--rows",
                "bp,pepita+wd",
                "--seeds",
                "2",
                "--rates",
                "0.01,0.1,1e30",
                "--width",
                "6",
                "--epochs",
                "2",
                "--batch",
                "10",
                "--backend",
                "reference",
                "--workers",
                "1",
                "--out",
                out.toString()));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void tinyTableEndToEnd() throws IOException {
    Path out = folder.resolve("out");
    CommandLineRun run = table(out, "--json", "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode json = run.json();
    assertThat(json.get("validation").asInt()).isEqualTo(50);
    assertThat(json.get("rows"))
        .extracting(row -> row.get("row").asText())
        .containsExactly("bp", "pepita+wd");
    for (JsonNode row : json.get("rows")) {
      assertThat(row.get("rate").asDouble()).isLessThan(1);
      assertThat(row.get("accuracies")).hasSize(2);
      double a = row.get("accuracies").get(0).asDouble();
      double b = row.get("accuracies").get(1).asDouble();
      assertThat(row.get("mean").asDouble()).isCloseTo((a + b) / 2, within(1e-15));
      assertThat(row.get("std").asDouble())
          .isCloseTo(Math.abs(a - b) / Math.sqrt(2), within(1e-15));
    }
    assertThat(out.resolve("validation/trials.jsonl")).content().hasLineCount(6);
    assertThat(out.resolve("validation/trials.jsonl")).content().contains("\"diverged\"");
    assertThat(out.resolve("test/trials.jsonl")).content().hasLineCount(4);
    assertThat(out.resolve("table.md"))
        .content()
        .contains("| data | hidden | row | units |", "| synthetic | 1×6 | bp | relu |", "± ");
    assertThat(Files.readAllLines(out.resolve("table.csv"))).hasSize(3);
    assertThat(Files.readAllLines(out.resolve("rates.csv"))).hasSize(1 + 6);
    assertThat(out.resolve("report.html"))
        .content()
        .contains("Learning rules side by side", "rates-1.svg", "lemniscate reproduce rules-table");
    // An ordinary sweep, that could be run by hand.
    assertThat(out.resolve("validation/sweep.yaml")).content().contains("data.validation: 50");
    assertThat(out.resolve("test/sweep.yaml")).content().doesNotContain("data.validation");
  }

  @Test
  void resumedIsUninterrupted() throws IOException {
    Path whole = folder.resolve("whole");
    assertThat(table(whole).code()).isZero();
    // A kill in the first sweep, in the middle of a line; one in the second; one in between.
    Path first = folder.resolve("first");
    copy(whole.resolve("validation"), first.resolve("validation"));
    Path trials = first.resolve("validation/trials.jsonl");
    String lines = Files.readString(trials);
    Files.writeString(trials, lines.substring(0, lines.length() - 40));
    Path second = folder.resolve("second");
    copy(whole.resolve("validation"), second.resolve("validation"));
    copy(whole.resolve("test"), second.resolve("test"));
    trials = second.resolve("test/trials.jsonl");
    Files.write(trials, Files.readAllLines(trials).subList(0, 1));
    Path between = folder.resolve("between");
    copy(whole.resolve("validation"), between.resolve("validation"));
    for (Path killed : List.of(first, second, between)) {
      CommandLineRun run = table(killed, "--resume");
      assertThat(run.code()).as(run.err()).isZero();
      for (String file : List.of("table.csv", "table.md", "rates.csv")) {
        assertThat(killed.resolve(file)).hasSameTextualContentAs(whole.resolve(file));
      }
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    for (String file : List.of("sweep.yaml", "trials.jsonl")) {
      Files.copy(from.resolve(file), to.resolve(file));
    }
  }

  @Test
  void nothingIsOverwritten() {
    Path out = folder.resolve("out");
    assertThat(table(out).code()).isZero();
    assertThat(table(out).err()).contains("already holds a sweep", "--resume");
    CommandLineRun other = table(out, "--resume", "--seed", "3");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("holds another sweep");
  }

  @Test
  void wrongNamesAreRefusedWithTheNearest() {
    Path out = folder.resolve("out");
    refused(out, "'pepita+norm'", "--rows=pepita+nrom");
    refused(out, "did you mean 'synthetic'?", "--data=synthetics");
    refused(out, "nearest is 'short'", "--preset=shrt");
    refused(out, "seeds is 0", "--seeds=0");
    refused(out, "data.validation is 160", "--data.validation=160");
    refused(out, "two, and the second", "--shard=1/2");
    refused(out, "tells rows of the table apart", "--set=net.norm=batch");
    refused(out, "use --rates", "--set=optim.lr=0.1");
    assertThat(out).doesNotExist();
  }

  // A list that is given twice would be put together.
  private void refused(Path out, String message, String option) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "reproduce", "rules-table", "--width=6", "--backend=reference", "--out=" + out));
    if (!option.startsWith("--data=")) {
      args.addAll(List.of("--data=synthetic", "--data.train=160", "--data.test=40"));
    }
    args.add(option);
    CommandLineRun run = CommandLineRun.of(args.toArray(String[]::new));
    assertThat(run.code()).as(option).isEqualTo(2);
    assertThat(run.err()).as(option).contains(message);
  }

  @Test
  void regressionHasNoTable() {
    Path out = folder.resolve("out");
    CommandLineRun run =
        CommandLineRun.of(
            "reproduce", "rules-table", "--data=synthetic-regression", "--out=" + out);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("class");
  }
}
