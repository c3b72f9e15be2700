package lemniscate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import lemniscate.train.Run;
import lemniscate.train.StopSignal;
import lemniscate.train.TrainingListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs side by side, and runs that are changed and trained on. */
final class RunsCommandTest {

  @TempDir private Path folder;

  private Path train(String name, String... further) {
    Path path = folder.resolve(name);
    List<String> more = new ArrayList<>(List.of(further));
    more.add("--quiet");
    CommandLineRun run = CommandLineRun.train(path, more.toArray(String[]::new));
    assertThat(run.code()).as(run.err()).isIn(0, 3);
    return path;
  }

  private static List<String> texts(JsonNode runs, String field) {
    List<String> texts = new ArrayList<>();
    runs.forEach(run -> texts.add(run.get(field).asText()));
    return texts;
  }

  @Test
  void listsRunsAsTheyStand() throws IOException {
    train("below/bp", "--rule", "bp", "--lr", "0.01");
    train("diverged", "--lr", "1e30", "--activation", "relu");
    Path stopped =
        train(
            "stopped",
            "--data.validation",
            "13",
            "--lr",
            "0.2",
            "--epochs",
            "60",
            "--train.stopAfter",
            "2");
    Path open = train("open");
    Path broken = train("broken");
    Files.writeString(broken.resolve("metrics.jsonl"), "no line\nand another\n");
    Files.createDirectories(folder.resolve("study"));
    Files.writeString(folder.resolve("study/config.yaml"), "seed: 3\n");

    JsonNode runs;
    try (Run run = Run.resume(open, Map.of("train.epochs", "3"), List.of(), line -> {})) {
      CommandLineRun listed =
          CommandLineRun.of("runs", folder.toString(), "--sort", "run", "--json", "--quiet");
      assertThat(listed.code()).as(listed.err()).isZero();
      runs = listed.json().get("runs");
      assertThat(listed.err()).contains("warning: " + broken.resolve("metrics.jsonl") + ":1: ");
      StopSignal stop = new StopSignal();
      stop.raise();
      run.train(TrainingListener.NONE, stop);
    }
    assertThat(texts(runs, "run"))
        .containsExactly("below/bp", "broken", "diverged", "open", "stopped");
    assertThat(texts(runs, "state"))
        .containsExactly("finished", "damaged", "diverged", "running", "stopped");
    JsonNode bp = runs.get(0);
    assertThat(bp.get("epochs").asDouble()).isEqualTo(2);
    assertThat(bp.get("steps").asInt()).isEqualTo(20);
    assertThat(bp.get("width").asInt()).isEqualTo(7);
    // Of rules that have no pc.steps, and of runs that are no more read, nothing is said.
    assertThat(bp.get("config").fieldNames())
        .toIterable()
        .containsExactly(
            "data.validation", "net.activation", "optim.lr", "train.epochs", "train.stopAfter");
    assertThat(bp.at("/config/optim.lr").asText()).isEqualTo("0.01");
    assertThat(runs.get(3).get("changes").asInt()).isEqualTo(1);
    assertThat(runs.get(1).get("problem").asText()).contains("metrics.jsonl:1");
    JsonNode best = runs.get(4);
    assertThat(best.get("step").asInt() - best.get("bestStep").asInt()).isEqualTo(2 * 8);

    CommandLineRun text = CommandLineRun.of("runs", folder.toString(), "--quiet");
    assertThat(text.out().lines().toList()).hasSize(1 + 5);
    assertThat(text.out()).contains("optim.lr", "2 of 3", "interrupted", " of 60");
    // One run alone.
    assertThat(CommandLineRun.of("runs", stopped.toString(), "--quiet").out())
        .contains("stopped", " of 60");
  }

  @Test
  void sortsByColumnsAndKeys() throws IOException {
    train("a", "--lr", "0.01");
    train("b", "--lr", "0.3");
    train("c", "--lr", "0.1", "--rule", "bp");
    assertThat(sorted("optim.lr")).containsExactly("a", "c", "b");
    assertThat(sorted("optim.lr", "--reverse")).containsExactly("b", "c", "a");
    assertThat(sorted("pc.steps", "--reverse")).as("a key of some of them").endsWith("c");
    assertThat(sorted("run", "--reverse")).containsExactly("c", "b", "a");
    List<String> byLoss = sorted("testLoss");
    assertThat(sorted("testLoss", "--reverse")).isEqualTo(byLoss.reversed());
  }

  private List<String> sorted(String key, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(List.of("runs", folder.toString(), "--sort", key, "--json", "--quiet"));
    args.addAll(List.of(more));
    return texts(CommandLineRun.of(args.toArray(String[]::new)).json().get("runs"), "run");
  }

  @Test
  void drawsAPage() throws IOException {
    train("a");
    Path changed = train("b");
    assertThat(CommandLineRun.of("resume", changed.toString(), "--epochs", "3", "--quiet").code())
        .isZero();
    train("c", "--lr", "1e30", "--activation", "relu");
    Path out = folder.resolve("page");
    CommandLineRun run =
        CommandLineRun.of("runs", folder.toString(), "--out", out.toString(), "--quiet");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("report " + out.resolve("report.html"));
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("diverged", "train.epochs 2 → 3", "Test accuracy");
    assertThat(Files.readAllLines(out.resolve("accuracy.csv"))).hasSize(1 + 2 + 3);
    CommandLineRun.of("runs", folder.toString(), "--out", out.toString(), "--quiet")
        .refuses("already holds a report.html");
  }

  @Test
  void refusesWhatHoldsNoRuns() {
    CommandLineRun.of("runs", folder.toString()).refuses("holds no runs", "that train wrote to");
    CommandLineRun.of("runs", folder.resolve("none").toString()).refuses("is not a folder");
    CommandLineRun.of("runs", folder.toString(), "--sort", "speed")
        .refuses("--sort is 'speed', expected run, state");
  }

  // ---------------------------------------------------------------- resume

  @Test
  void resumeTrainsOn() throws IOException {
    Path run = train("run");
    Path straight = train("straight", "--epochs", "4");
    CommandLineRun more = CommandLineRun.of("resume", run.toString(), "--epochs", "4", "--json");
    assertThat(more.code()).as(more.err()).isZero();
    assertThat(more.json().get("steps").asInt()).isEqualTo(40);
    assertThat(more.err()).contains("from step 21 on (2 epochs done): train.epochs 2 → 4");
    JsonNode one = CommandLineRun.of("evaluate", straight.toString(), "--json", "--quiet").json();
    assertThat(more.json().get("testLoss")).isEqualTo(one.get("testLoss"));
    CommandLineRun curves =
        CommandLineRun.of(
            "curves",
            run.toString(),
            "--out",
            folder.resolve("curves").toString(),
            "--json",
            "--quiet");
    assertThat(curves.json().at("/runs/run/changes/0").asText())
        .isEqualTo("after 2 epochs: train.epochs 2 → 4");
    assertThat(Files.readString(folder.resolve("curves/report.html")))
        .contains("Changed on the way");
    CommandLineRun again = CommandLineRun.of("resume", run.toString());
    assertThat(again.err()).contains("finished: nothing to do", "resume " + run + " --epochs N");
  }

  @ParameterizedTest
  @CsvSource({
    "--epochs, 2.5, train.epochs is '2.5'",
    "--epochs, 1, to end after 10",
    "--steps, 20, to end after 20",
    "--lr, 0, optim.lr is '0'",
    "--optim.schedule, tangent, optim.schedule is 'tangent'",
    "--log, wandb, train.log is 'wandb'",
    "--train.keepBest, true, data.validation is unset",
    "--seed, 4, Unknown option",
    "--batch, 4, Unknown option",
    "--loss, ce, Unknown option",
  })
  void resumeRefuses(String option, String value, String message) {
    Path run = train("run");
    CommandLineRun refused = CommandLineRun.of("resume", run.toString(), option, value, "--quiet");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains(message);
  }

  @Test
  void bestIsACheckpoint() throws IOException {
    Path run =
        train(
            "run",
            "--data.validation",
            "13",
            "--lr",
            "0.2",
            "--epochs",
            "60",
            "--train.stopAfter",
            "2",
            "--train.keepBest");
    JsonNode best =
        CommandLineRun.of("evaluate", run.toString(), "--best", "--json", "--quiet").json();
    JsonNode listed = CommandLineRun.of("runs", run.toString(), "--json", "--quiet").json();
    assertThat(best.get("steps")).isEqualTo(listed.at("/runs/0/bestStep"));
    assertThat(best.get("testLoss")).isEqualTo(listed.at("/runs/0/bestLoss"));
    JsonNode exported =
        CommandLineRun.of("export", run.toString(), "--best", "--json", "--quiet").json();
    assertThat(exported.get("step")).isEqualTo(best.get("steps"));
    assertThat(CommandLineRun.of("predict", run.toString(), "--best", "--quiet").code()).isZero();
    CommandLineRun.of("evaluate", run.toString(), "--best", "--checkpoint", "newest", "--quiet")
        .refuses("--best and --checkpoint newest");
  }
}
