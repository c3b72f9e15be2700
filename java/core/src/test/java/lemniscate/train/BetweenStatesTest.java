package lemniscate.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders of runs as they are while one begins, or while another process trains. */
final class BetweenStatesTest {

  @TempDir private Path folder;

  // What is there after each thing that a run does before its first checkpoint is in place.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "metrics.jsonl",
        "metrics.jsonl provenance.json.tmp",
        "metrics.jsonl provenance.json",
        "metrics.jsonl provenance.json config.yaml.tmp",
        "metrics.jsonl provenance.json config.yaml",
        "metrics.jsonl provenance.json config.yaml checkpoint-00000000.safetensors.tmp",
        "metrics.jsonl .probe123.tmp",
        "metrics.jsonl .probe123.lemniscate-4.tmp config.yaml.lemniscate-4.tmp",
      })
  void aRunKilledBeforeItsFirstCheckpointIsTakenOver(String files) throws IOException {
    Path run = folder.resolve("run");
    Files.createDirectory(run);
    for (String file : files.split(" ")) {
      Files.writeString(run.resolve(file), file.equals("metrics.jsonl") ? "" : "half");
    }
    assertThatThrownBy(() -> Run.resume(run, List.of(), line -> {}))
        .isInstanceOf(BadInputException.class);
    SmallRuns.start(SmallRuns.config(), run).close();
    assertThat(names(run))
        .containsExactlyInAnyOrder(
            "metrics.jsonl", "provenance.json", "config.yaml", "checkpoint-00000000.safetensors");
    Run.resume(run, List.of(), line -> {}).close();
  }

  // What a kill does not leave may be of worth to somebody.
  @ParameterizedTest
  @ValueSource(strings = {"config.yaml", "provenance.json", "config.yaml provenance.json", "full"})
  void whatNoKillLeavesIsKept(String files) throws IOException {
    Path run = folder.resolve("run");
    Files.createDirectory(run);
    String mine = files.equals("full") ? "metrics.jsonl" : files;
    for (String file : mine.split(" ")) {
      Files.writeString(run.resolve(file), "mine");
    }
    Set<String> before = names(run);
    assertThatThrownBy(() -> SmallRuns.start(SmallRuns.config(), run))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(run.toString())
        .hasMessageContaining("no checkpoint to go on with; name another folder");
    assertThat(names(run)).isEqualTo(before);
    assertThat(run.resolve(mine.split(" ")[0])).hasContent("mine");
  }

  @Test
  void whatIsBeingBegunIsNotTakenOver() throws IOException {
    Path run = folder.resolve("run");
    try (RunDirectory begun = RunDirectory.create(run)) {
      assertThat(begun.checkpoints()).isEmpty();
      assertThatThrownBy(() -> SmallRuns.start(SmallRuns.config(), run))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("in use");
    }
  }

  @Test
  void goingOnSweepsUpWhatAKillHasLeft() throws IOException {
    Path run = folder.resolve("run");
    SmallRuns.start(SmallRuns.config(), run).close();
    Set<String> before = names(run);
    for (String name :
        List.of(
            "config.yaml.tmp",
            "config.yaml.lemniscate-4.tmp",
            "provenance.json.tmp",
            "checkpoint-00000010.safetensors.tmp")) {
      Files.writeString(run.resolve(name), "half");
    }
    Files.writeString(run.resolve("notes.tmp"), "mine");
    Run.resume(run, List.of(), line -> {}).close();
    before.add("notes.tmp");
    assertThat(names(run)).isEqualTo(before);
  }

  private static Set<String> names(Path run) throws IOException {
    try (Stream<Path> files = Files.list(run)) {
      Set<String> names = new HashSet<>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }

  /** Folders of studies have no lock: what another process is about to put in place stays. */
  @Test
  void whatDeadProcessesLeftGoesAndWhatALiveOneWritesStays() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    String mine = "report.html.lemniscate-" + ProcessHandle.current().pid() + ".tmp";
    for (String name :
        List.of(
            "report.html.lemniscate-" + dead.pid() + ".tmp",
            ".probe12.lemniscate-" + dead.pid() + ".tmp",
            mine,
            "notes.7.tmp",
            "notes.tmp")) {
      Files.writeString(folder.resolve(name), "half");
    }
    OutputFolder.sweepDead(folder);
    assertThat(names(folder)).containsExactlyInAnyOrder(mine, "notes.7.tmp", "notes.tmp");
    OutputFolder.replace(folder.resolve("report.html"), "whole");
    assertThat(names(folder)).containsExactlyInAnyOrder("report.html", "notes.7.tmp", "notes.tmp");
  }

  /** The file that was newest when the folder was listed may be gone when it is opened. */
  @Test
  void evaluatesBesideALiveRun() throws Exception {
    Path run = folder.resolve("run");
    AtomicInteger evaluated = new AtomicInteger();
    try (Run live =
        SmallRuns.start(
            SmallRuns.with(
                SmallRuns.config(),
                "train.steps=400",
                "train.checkpointEvery=1",
                "train.keepCheckpoints=1"),
            run)) {
      StopSignal stop = new StopSignal();
      Thread training = new Thread(() -> live.train(TrainingListener.NONE, stop));
      training.start();
      while (training.isAlive()) {
        Model.load(run).close();
        evaluated.incrementAndGet();
      }
      training.join();
    }
    assertThat(evaluated).hasPositiveValue();
  }

  @Test
  void aFileThatStaysUnreadableEndsTheSearch() throws IOException {
    Path run = folder.resolve("run");
    SmallRuns.start(SmallRuns.config(), run).close();
    Files.createSymbolicLink(
        run.resolve("checkpoint-00000010.safetensors"), run.resolve("nowhere"));
    assertThatThrownBy(() -> Model.load(run))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("checkpoint-00000010.safetensors does not exist");
  }
}
