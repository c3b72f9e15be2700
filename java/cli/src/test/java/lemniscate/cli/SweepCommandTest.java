package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepCommandTest {

  private static final String TEXT =
      """
      base:
        data: {name: synthetic, train: 53, test: 23}
        train: {batch: 5, epochs: 2}
        net: {width: 7, activation: relu}
        param.baseWidth: 4
        pc.steps: 3
        backend: reference
        threads: 1
      grid:
        rule: [bp, pc]
        optim.lr: [0.01, 0.03, 1e30]
      """;

  @TempDir private Path folder;

  private String file = "";
  private String out = "";

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(folder.resolve("small.yaml"), TEXT).toString();
    out = folder.resolve("out").toString();
  }

  private CommandLineRun sweep(String... further) {
    List<String> args = new ArrayList<>(List.of("sweep", file, "--out", out));
    args.addAll(List.of(further));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  /** The trials of a store in order, without their times. */
  static List<JsonNode> rows(Path store) throws IOException {
    List<JsonNode> rows = new ArrayList<>();
    for (String line : Files.readAllLines(store.resolve("trials.jsonl"))) {
      ObjectNode row = (ObjectNode) new ObjectMapper().readTree(line);
      row.remove(List.of("time", "crc"));
      rows.add(row);
    }
    rows.sort(Comparator.comparingInt(row -> row.get("index").intValue()));
    return rows;
  }

  @Test
  void writesOneLineOfJson() throws IOException {
    CommandLineRun run = sweep("--json", "--quiet", "--workers", "2");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode json = run.json();
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "trials", "finished", "failed", "timeout", "diverged", "best", "store", "report");
    assertThat(json.get("trials").asInt()).isEqualTo(6);
    assertThat(json.get("finished").asInt()).isEqualTo(6);
    assertThat(json.get("failed").asInt()).isZero();
    assertThat(json.get("diverged").asInt()).isEqualTo(2);
    assertThat(json.get("store").asText()).isEqualTo(out);
    assertThat(json.get("best").get("chosenBy").asText()).isEqualTo("training loss");
    double least = json.get("best").get("trainLoss").asDouble();
    assertThat(rows(Path.of(out)))
        .hasSize(6)
        .allMatch(
            row -> !row.get("trainLoss").isNumber() || row.get("trainLoss").asDouble() >= least);
    double best = json.get("best").get("testLoss").asDouble();
    // A trial is what train does.
    JsonNode values = json.get("best").get("values");
    CommandLineRun train =
        CommandLineRun.train(
            folder.resolve("run"),
            "--activation",
            "relu",
            "--seed",
            "0",
            "--rule",
            values.get("rule").asText(),
            "--lr",
            values.get("optim.lr").asText(),
            "--json");
    assertThat(train.json().get("testLoss").asDouble()).isEqualTo(best);
  }

  @Test
  void writesALineForEachTrialAndATable() {
    CommandLineRun run = sweep("--workers", "1");
    assertThat(run.err().lines().filter(line -> line.contains("  trial "))).hasSize(6);
    assertThat(run.err()).contains("6/6  trial 5 {rule=pc, optim.lr=1.0E30}  diverged");
    assertThat(run.out()).contains("finished").contains("test accuracy").contains(out);
    // All is there already.
    CommandLineRun again = sweep("--resume");
    assertThat(again.code()).isZero();
    assertThat(again.out()).isEqualTo(run.out());
    assertThat(again.err()).doesNotContain("  trial ");
  }

  @Test
  void shardsMergeToTheSameRows() throws IOException {
    List<String> merge = new ArrayList<>(List.of("--merge"));
    for (int i = 1; i <= 3; i++) {
      String part = folder.resolve("part" + i).toString();
      CommandLineRun run =
          CommandLineRun.of("sweep", file, "--shard", i + "/3", "--out", part, "--json");
      assertThat(run.json().get("trials").asInt()).isEqualTo(2);
      merge.add(part);
    }
    CommandLineRun merged = sweep(merge.toArray(String[]::new));
    assertThat(merged.code()).as(merged.err()).isZero();
    assertThat(merged.err()).contains("merged 6 trials");
    assertThat(CommandLineRun.of("sweep", file, "--out", folder.resolve("whole").toString()).code())
        .isZero();
    assertThat(rows(Path.of(out))).isEqualTo(rows(folder.resolve("whole")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--shard 3/2 | --shard is '3/2'; expected i/n",
        "--workers 0 | --workers is '0'",
        "--workers x | --workers",
        "--retry-failed | without --resume",
        "--beside /none | --beside is given without --shard",
        "--shard 1/2 --beside /none | --beside is given, but without search asha",
        "--merge /none | /none holds no sweep",
        "--merge /none --shard 1/2 | --merge runs nothing",
        "--launcher torque | --launcher is 'torque'; expected local or slurm",
        "--slurm.tasks 3 | without --launcher slurm",
        "--slurm.no-wait | without --launcher slurm",
        "--slurm.tasks-at-a-time 3 | without --launcher slurm",
        "--slurm.option time=3 --launcher local | without --launcher slurm",
        "--launcher slurm --shard 1/2 | expected without --shard and --merge",
        "--launcher slurm --merge /none | expected without --shard and --merge",
        "--launcher slurm --slurm.option array=1-3 | the launcher sets array itself",
        "--launcher slurm --slurm.option time=1 --slurm.option -p | long name of an option",
        "--launcher slurm --slurm.tasks 0 | --slurm.tasks is '0'; expected an integer >= 1",
        "--launcher slurm --slurm.tasks-at-a-time 0 | --slurm.tasks-at-a-time is '0'; expected an"
            + " integer >= 1",
        "--launcher slurm --slurm.tasks-at-a-time x | --slurm.tasks-at-a-time",
        "--launcher slurm --slurm.max-array 1 | --slurm.max-array is '1'",
        "--launcher slurm --slurm.requeues -1 | --slurm.requeues is '-1'",
        "--launcher slurm --slurm.poll 0 | --slurm.poll is '0'",
      })
  void refusesOptions(String options, String message) {
    sweep(options.split(" ")).refuses(message);
    assertThat(Path.of(out)).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grid: {rule: [bp | malformed YAML",
        "grid: {} | grid is empty",
        "grid: {optim.lrr: [1]} | unknown key 'optim.lrr'",
        "grid: {pc.gammaLast: [1, 2]}~base: {pc.scheme: zil} | trial 1 (pc.gammaLast=2.0)",
        "grid: {data.name: [nowhere]} | data set 'nowhere' is unknown",
      })
  void refusesFiles(String yaml, String message) throws IOException {
    Files.writeString(Path.of(file), yaml.replace("~", "\n"));
    sweep().refuses(message);
    assertThat(Path.of(out)).doesNotExist();
  }

  @Test
  void ofAMergeThatIsRefusedNothingIsLeft() throws IOException {
    assertThat(sweep().code()).isZero();
    Files.writeString(Path.of(file), TEXT.replace("0.03", "0.04"));
    Path other = folder.resolve("other");
    CommandLineRun.of("sweep", file, "--merge", out, "--out", other.toString(), "--quiet")
        .refuses("holds another sweep");
    assertThat(other).doesNotExist();
    Files.createDirectories(other);
    Files.writeString(other.resolve("notes"), "mine");
    CommandLineRun.of("sweep", file, "--merge", out, "--out", other.toString(), "--quiet")
        .refuses("holds another sweep");
    assertThat(other.resolve("notes")).hasContent("mine");
  }

  @Test
  void refusesStores() throws IOException {
    assertThat(sweep().code()).isZero();
    sweep().refuses("already holds a sweep", "--resume");
    Path trials = Path.of(out, "trials.jsonl");
    String whole = Files.readString(trials);
    Files.writeString(trials, whole.replace("\"format\":1", "\"format\":2"));
    sweep("--resume").refuses("trials.jsonl:1", "damaged", "checksum");
    Files.writeString(trials, "{\"format\":3}\n" + whole);
    sweep("--resume").refuses("trials.jsonl:1", "newer version");
    List<String> lines = whole.lines().toList();
    Files.writeString(trials, whole.replace(lines.get(2), lines.get(2).substring(0, 30)));
    sweep("--resume").refuses("trials.jsonl:3", "damaged", "Remove this line");
    Files.writeString(trials, whole.substring(0, whole.length() - 30));
    CommandLineRun torn = sweep("--resume");
    assertThat(torn.code()).as("the last line was torn").isZero();
    assertThat(torn.err().lines().filter(line -> line.contains("  trial "))).hasSize(1);
    Files.writeString(Path.of(file), TEXT.replace("0.03", "0.04"));
    sweep("--resume").refuses("holds another sweep");
    Path plain = Files.createFile(folder.resolve("plain"));
    CommandLineRun.of("sweep", file, "--out", plain.toString()).refuses("cannot be written");
  }
}
