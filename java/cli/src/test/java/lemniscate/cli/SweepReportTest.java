package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lemniscate.cli.report.Scale;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page of a sweep, finished or under way, and what is chosen. */
final class SweepReportTest {

  private static final String TEXT =
      """
      base:
        data: {name: synthetic, train: 53, test: 23, validation: 13}
        train: {batch: 5, epochs: 2}
        net: {activation: relu}
        param.baseWidth: 4
        pc.steps: 3
        backend: reference
        threads: 1
      grid:
        rule: [bp, pc]
        net.width: [5, 7]
        optim.lr: [0.01, 0.03, 1e30]
      seeds: 2
      """;

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("small.yaml"), text);
  }

  private CommandLineRun sweep(String text, String... further) throws IOException {
    return CommandLineRun.withDefaults(
        "sweep",
        List.of("--out", folder.resolve("out").toString()),
        java.util.stream.Stream.concat(
                java.util.stream.Stream.of(file(text).toString()),
                java.util.stream.Stream.of(further))
            .toArray(String[]::new));
  }

  @Test
  void everySweepGetsAPage() throws IOException {
    CommandLineRun run = sweep(TEXT, "--json");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode best = run.json().get("best");
    assertThat(best.get("chosenBy").asText()).isEqualTo("validation loss");
    assertThat(best.get("seeds").asInt()).isEqualTo(2);
    assertThat(best.get("missing").asInt()).isZero();
    assertThat(best.get("values").has("seed")).isFalse();
    assertThat(best.has("testLoss")).isFalse();
    Path page = Path.of(run.json().get("report").asText());
    String html = Files.readString(page);
    assertThat(html)
        .contains(
            "Best of 12 configurations by the mean validation loss over 2 seeds: rule=",
            "test examples are not looked at",
            "2 of 2",
            "2 diverged",
            "id=\"figure-means\"",
            "id=\"figure-parameters\"",
            "id=\"figure-parallel\"",
            "lemniscate sweep ",
            "training time")
        .doesNotContain("Under way", "test loss", "NaN");
    List<String> csv = Files.readAllLines(page.resolveSibling("configurations.csv"));
    assertThat(csv).hasSize(13);
    assertThat(csv.getFirst()).startsWith("rule,net.width,optim.lr,seeds,missing,diverged,steps");
    // What was chosen has the smallest mean of the table.
    double least =
        csv.stream()
            .skip(1)
            .map(line -> line.split(",", -1))
            .filter(cells -> !cells[7].isEmpty())
            .mapToDouble(cells -> Double.parseDouble(cells[7]))
            .min()
            .orElseThrow();
    assertThat(best.get("validationLoss").asDouble()).isEqualTo(least);
    assertThat(Files.readAllLines(page.resolveSibling("means.csv"))).hasSize(13);
  }

  @Test
  void alsoOneThatIsUnderWay() throws IOException {
    // Seed 1 of the second configuration and all of the last are missing.
    assertThat(sweep(TEXT).code()).isZero();
    Path trials = folder.resolve("out").resolve("trials.jsonl");
    List<String> lines =
        Files.readAllLines(trials).stream()
            .filter(line -> !line.matches(".*\"index\":(3|22|23),.*"))
            .toList();
    Files.write(trials, lines);
    CommandLineRun run =
        CommandLineRun.of("sweep", folder.resolve("out").toString(), "--report", "--json");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.json().get("finished").asInt()).isEqualTo(21);
    String html = Files.readString(folder.resolve("out").resolve("report.html"));
    assertThat(html)
        .contains("Under way: 21 of 24 trials are finished.", "1 missing", "1 of 2", "0 of 2");
    assertThat(Files.readAllLines(trials)).as("nothing is run").hasSize(21);
  }

  @Test
  void withoutValidationTheTrainingLossDecides() throws IOException {
    CommandLineRun run = sweep(TEXT.replace(", validation: 13", ""));
    assertThat(run.out())
        .contains(
            "mean training loss over 2 seeds",
            "without data.validation; the test examples have no part in it",
            "test accuracy");
    assertThat(Files.readString(folder.resolve("out").resolve("report.html")))
        .contains("data.validation is not set");
  }

  @Test
  void ofAshaItSaysTheRungs() throws IOException {
    String text =
        TEXT.replace(", epochs: 2", "")
            + "search: asha\nasha: {minEpochs: 1, maxEpochs: 4, eta: 2}\nchoose: accuracy\n";
    CommandLineRun run = sweep(text, "--json", "--workers", "2");
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode rungs = run.json().get("rungs");
    assertThat(rungs).hasSize(3);
    assertThat(rungs.get(0).get("epochs").asInt()).isEqualTo(1);
    assertThat(rungs.get(0).get("trials").asInt()).isEqualTo(24);
    assertThat(run.json().get("best").get("chosenBy").asText()).isEqualTo("validation accuracy");
    assertThat(Files.readString(folder.resolve("out").resolve("report.html")))
        .contains("Asynchronous successive halving", "<caption>Rungs</caption>", "4 epochs");
    assertThat(sweep(text, "--resume").out()).contains("trained to", "24 to 1 epoch, ");
  }

  @Test
  void shardsOfAshaLookAtEachOther() throws IOException {
    String text =
        TEXT.replace(", epochs: 2", "")
            + "search: asha\nasha: {minEpochs: 1, maxEpochs: 4, eta: 2}\n";
    assertThat(sweep(text).code()).isZero();
    String parts = folder.resolve("parts").toString();
    String file = file(text).toString();
    CommandLineRun.of("sweep", file, "--shard", "1/2", "--out", parts + "/1")
        .refuses("Name the folder of their stores by --beside");
    // The whole one is of the same trials, with other rungs.
    Path other = Files.writeString(folder.resolve("other.yaml"), text.replace("eta: 2", "eta: 4"));
    CommandLineRun.of(
            ("sweep "
                    + other
                    + " --shard 1/2 --out "
                    + parts
                    + "/x --beside "
                    + folder.resolve("out"))
                .split(" "))
        .refuses("another search, asha or choose");
    List<String> merge = new ArrayList<>(List.of("sweep", file, "--merge"));
    boolean awaited = true;
    for (int turn = 0; awaited; turn++) {
      assertThat(turn).isLessThan(20);
      awaited = false;
      for (String part : List.of("1", "2")) {
        CommandLineRun run =
            CommandLineRun.of(
                ("sweep %s --shard %s/2 --out %s/%s --beside %s --resume"
                        .formatted(file, part, parts, part, parts))
                    .split(" "));
        assertThat(run.code()).as(run.err()).isZero();
        awaited |= run.err().contains("trainings of other shards are missing");
      }
    }
    merge.addAll(List.of(parts + "/1", parts + "/2", "--out", folder.resolve("merged").toString()));
    assertThat(CommandLineRun.of(merge.toArray(String[]::new)).code()).isZero();
    assertThat(results(folder.resolve("merged"))).isEqualTo(results(folder.resolve("out")));
  }

  private static List<String> results(Path store) {
    return TrialStore.read(store).stream().map(TrialRow::resultJson).toList();
  }

  @Test
  void refusesAccuracyOfRegression() throws IOException {
    sweep(TEXT.replace("name: synthetic", "name: synthetic-regression") + "choose: accuracy\n")
        .refuses("choose is accuracy, but ");
  }

  @ParameterizedTest
  @CsvSource({"--resume", "--launcher slurm", "--merge /none"})
  void reportRunsNothing(String option) throws IOException {
    CommandLineRun run =
        CommandLineRun.of(
            ("sweep " + file(TEXT) + " --out " + folder.resolve("none") + " --report " + option)
                .split(" "));
    run.refuses("lemniscate: ");
    assertThat(folder.resolve("none")).doesNotExist();
  }

  @Test
  void reportNeedsAStoreOfThisSweep() throws IOException {
    sweep(TEXT, "--report").refuses("holds no sweep");
    assertThat(sweep(TEXT).code()).isZero();
    sweep(TEXT.replace("0.03", "0.04"), "--report").refuses("holds another sweep");
  }

  @Test
  void axesAreLogarithmicWhereTheParameterIs() {
    assertThat(SweepReport.scale(new double[] {64, 128, 256, 512})).isEqualTo(Scale.LOG2);
    assertThat(SweepReport.scale(new double[] {0.01, 0.03, 0.1, 0.3})).isEqualTo(Scale.LOG10);
    assertThat(SweepReport.scale(new double[] {0, 0.5, 0.9})).isEqualTo(Scale.LINEAR);
    assertThat(SweepReport.scale(new double[] {1, 2, 3, 4, 5, 6})).isEqualTo(Scale.LINEAR);
    assertThat(SweepReport.scale(new double[] {3})).isEqualTo(Scale.LINEAR);
  }
}
