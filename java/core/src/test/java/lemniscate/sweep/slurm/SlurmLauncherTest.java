package lemniscate.sweep.slurm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import lemniscate.config.BadInputException;
import lemniscate.sweep.Outcome;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SmallSweep;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepSpec;
import lemniscate.sweep.TrialRow;
import lemniscate.sweep.TrialStore;
import lemniscate.sweep.slurm.SlurmLauncher.Program;
import lemniscate.sweep.slurm.SlurmOutcome.End;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher against made-up commands; after each of its looks at the queue the test moves. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the made-up commands are shell scripts")
final class SlurmLauncherTest {

  private static final int MOST_LOOKS = 200;
  private static final SweepSpec SPEC = SmallSweep.spec();

  /** The rows of one process. */
  private static List<TrialRow> local = List.of();

  private static List<String> lines = List.of();

  @TempDir private Path temporary;

  private FakeSlurm slurm;
  private Path sweep;
  private final List<String> notes = new ArrayList<>();
  private final StopSignal stop = new StopSignal();
  private int requeues = 2;
  private OptionalInt atATime = OptionalInt.empty();
  private OptionalInt tasks = OptionalInt.of(5);
  private Duration settle = Duration.ZERO;
  private boolean stay = true;
  private boolean retryFailed;
  private List<SbatchOption> options = List.of();

  @BeforeAll
  static void runInOneProcess(@TempDir Path folder) throws IOException {
    try (TrialStore store = TrialStore.create(folder, SPEC)) {
      SmallSweep.run(SPEC, store, 2);
    }
    local = TrialStore.read(folder); // as read back: numbers have one type
    lines =
        Files.readAllLines(folder.resolve(TrialStore.TRIALS)).stream()
            .sorted(Comparator.comparingInt(SlurmLauncherTest::index))
            .toList();
  }

  private static int index(String line) {
    return Integer.parseInt(line.replaceFirst(".*\"index\":(\\d+),.*", "$1"));
  }

  @BeforeEach
  void begin() {
    slurm = new FakeSlurm(temporary);
    sweep = temporary.resolve("the sweep");
  }

  /** Ends a session as SIGKILL would: nothing is done after it. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  private SlurmOutcome launch(Consumer<SlurmListener.Tasks> move) {
    return launch(move, note -> {});
  }

  private SlurmOutcome launch(Consumer<SlurmListener.Tasks> move, Consumer<String> onNote) {
    SlurmSettings settings =
        new SlurmSettings(
            options,
            tasks,
            OptionalInt.empty(),
            OptionalInt.empty(),
            atATime,
            requeues,
            Duration.ofMillis(1),
            settle,
            stay);
    int[] looks = {0};
    SlurmListener listener =
        new SlurmListener() {
          @Override
          public void onTasks(Tasks counts, SweepProgress progress) {
            assertThat(looks[0]++).as("looks at the queue; notes: " + notes).isLessThan(MOST_LOOKS);
            move.accept(counts);
          }

          @Override
          public void onNote(String line) {
            notes.add(line);
            onNote.accept(line);
          }
        };
    try (TrialStore store = TrialStore.resume(sweep, SPEC)) {
      return new SlurmLauncher(
              SPEC,
              store,
              settings,
              slurm.commands(),
              new Program(List.of("/nowhere/java", "Main"), temporary))
          .run(retryFailed, listener, stop);
    }
  }

  private int plan = 1;

  /** Plays a task: finishes some trials of its part. */
  private void train(QueuedTask task, int most) {
    Shard shard = new Shard(slurm.part(task), tasks.orElseThrow());
    Path part = SlurmFolder.of(sweep, plan).part(slurm.part(task));
    Path file = part.resolve(TrialStore.TRIALS);
    try {
      Files.createDirectories(part);
      List<String> known = Files.exists(file) ? Files.readAllLines(file) : List.of();
      Files.write(
          file,
          shard.of(SPEC).stream()
              .map(trial -> lines.get(trial.index()))
              .filter(line -> !known.contains(line))
              .limit(most)
              .toList(),
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Plays a cluster on which all goes well. */
  private void complete(SlurmListener.Tasks counts) {
    for (QueuedTask task : slurm.queue()) {
      if (task.state().equals("PENDING")) {
        train(task, Integer.MAX_VALUE);
        slurm.set(task, "COMPLETED");
      }
    }
  }

  private static Consumer<SlurmListener.Tasks> nothing() {
    return counts -> {};
  }

  private List<String> rows() {
    return SmallSweep.results(TrialStore.read(sweep));
  }

  private static List<String> expected() {
    return SmallSweep.results(local);
  }

  @Test
  void arraysOfAtMostMaxArraySizeGiveTheRowsOfOneProcess() throws IOException {
    slurm.write("max", "4");
    tasks = OptionalInt.of(8);
    SlurmOutcome outcome = launch(this::complete);
    assertThat(outcome.end()).isEqualTo(End.COLLECTED);
    assertThat(outcome.progress().finished()).isEqualTo(SmallSweep.TRIALS);
    assertThat(outcome.lost()).isEmpty();
    assertThat(outcome.jobs()).isEmpty();
    assertThat(slurm.calls()).containsExactly("1-3 0", "1-3 3", "1-2 6");
    assertThat(rows()).isEqualTo(expected());
    // In the order of the sweep on the disk too.
    assertThat(Files.readAllLines(sweep.resolve(TrialStore.TRIALS))).isEqualTo(lines);
    assertThatCode(() -> SlurmLauncher.requireNone(sweep)).doesNotThrowAnyException();
    // All is there: nothing is submitted any more.
    assertThat(launch(nothing()).end()).isEqualTo(End.COLLECTED);
    assertThat(slurm.calls()).hasSize(3);
  }

  @Test
  void boundsTheTasksAtATimeAlsoWhenItGoesOn() throws IOException {
    slurm.write("max", "4");
    atATime = OptionalInt.of(2);
    stay = false;
    assertThat(launch(nothing()).end()).isEqualTo(End.LEFT);
    assertThat(slurm.calls()).containsExactly("1-3%2 0", "1-2%2 3");
    assertThat(Files.readAllLines(SlurmFolder.of(sweep, 1).script()))
        .contains("#SBATCH --array=1-3%2")
        .anyMatch(line -> line.startsWith("#   sbatch --array=1-2%2 "));
    // Without the option, that of before.
    atATime = OptionalInt.empty();
    stay = true;
    boolean[] ended = {false};
    launch(
        counts -> {
          if (!ended[0]) {
            ended[0] = true;
            slurm.set(slurm.queue().get(1), "FAILED");
          } else {
            complete(counts);
          }
        });
    assertThat(slurm.calls()).hasSize(3).endsWith("2%2 0");
    assertThat(rows()).isEqualTo(expected());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FAILED",
        "TIMEOUT",
        "PREEMPTED",
        "NODE_FAIL",
        "CANCELLED",
        "OUT_OF_MEMORY",
        "BOOT_FAIL",
        "DEADLINE",
        "" // an empty one: gone from the queue, and there is no accounting
      })
  void submitsAgainWhatEndedEarlyAndNothingElse(String state) {
    boolean[] ended = {false};
    launch(
        counts -> {
          if (!ended[0]) {
            ended[0] = true;
            QueuedTask third = slurm.queue().get(2);
            train(third, 2);
            slurm.set(third, state);
          } else {
            complete(counts);
          }
        });
    assertThat(slurm.calls()).containsExactly("1-5 0", "3 0");
    assertThat(notes)
        .anyMatch(
            note ->
                note.startsWith(
                    "task 3 ended as "
                        + (state.isEmpty() ? "gone from the queue" : state)
                        + " with 3 trials missing; submitting it again (1 of 2 times)"));
    assertThat(rows()).isEqualTo(expected());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RUNNING",
        "COMPLETING",
        "SUSPENDED",
        "STOPPED",
        "REQUEUE_HOLD",
        "REQUEUED",
        "SPECIAL_EXIT",
        "CONFIGURING",
        "A_STATE_OF_2031"
      })
  void waitsWhileATaskMayStillRun(String state) {
    int[] looks = {0};
    launch(
        counts -> {
          if (looks[0]++ < 3) {
            slurm.set(slurm.queue().get(1), state);
            assertThat(slurm.calls()).hasSize(1);
          } else {
            slurm.set(slurm.queue().get(1), "PENDING");
            complete(counts);
          }
        });
    assertThat(slurm.calls()).containsExactly("1-5 0");
  }

  @Test
  void countsTheTasks() {
    List<String> seen = new ArrayList<>();
    int[] looks = {0};
    launch(
        counts -> {
          seen.add(counts.toString());
          switch (looks[0]++) {
            case 0 -> {
              train(slurm.queue().get(0), Integer.MAX_VALUE);
              slurm.set(slurm.queue().get(0), "COMPLETED");
              slurm.set(slurm.queue().get(1), "RUNNING");
            }
            case 1 -> slurm.set(slurm.queue().get(1), "PENDING");
            default -> complete(counts);
          }
        });
    assertThat(seen)
        .startsWith(
            "0 done, 0 running, 5 pending, 0 failed",
            "1 done, 1 running, 3 pending, 0 failed",
            "1 done, 0 running, 4 pending, 0 failed")
        .endsWith("5 done, 0 running, 0 pending, 0 failed");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void givesUpAfterSoManyRequeuesAndKeepsTheRest(int bound) {
    requeues = bound;
    Consumer<SlurmListener.Tasks> failing =
        counts -> {
          for (QueuedTask task : slurm.queue()) {
            if (task.state().equals("PENDING")) {
              boolean bad = slurm.part(task) == 2;
              train(task, bad ? 1 : Integer.MAX_VALUE);
              slurm.set(task, bad ? "FAILED" : "COMPLETED");
            }
          }
        };
    SlurmOutcome outcome = launch(failing);
    assertThat(slurm.calls()).hasSize(1 + bound);
    assertThat(outcome.end()).isEqualTo(End.COLLECTED);
    int missing = 5 - (1 + bound); // one trial each time
    assertThat(outcome.lost())
        .containsExactly(
            new SlurmOutcome.Lost(
                2,
                "FAILED",
                missing,
                SlurmFolder.of(sweep, 1).logs().resolve((101 + bound) + "_2.log")));
    assertThat(rows()).hasSize(SmallSweep.TRIALS - missing);
    assertThatCode(() -> SlurmLauncher.requireNone(sweep)).doesNotThrowAnyException();
    // Asked again, it plans what is missing and no other trial.
    plan = 2;
    launch(this::complete);
    assertThat(slurm.calls()).hasSize(2 + bound).endsWith("2 0");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void accountingNamesTheStateOfWhatHasLeftTheQueue() {
    boolean[] ended = {false};
    slurm.write(
        "accounting", "101_4|TIMEOUT|x\n101_4.batch|CANCELLED|batch\n101_[1-2]|PENDING|x\n");
    launch(
        counts -> {
          if (!ended[0]) {
            ended[0] = true;
            slurm.set(slurm.queue().get(3), "");
          } else {
            complete(counts);
          }
        });
    assertThat(notes).anyMatch(note -> note.startsWith("task 4 ended as TIMEOUT"));
    assertThat(slurm.calls()).containsExactly("1-5 0", "4 0");
  }

  @Test
  void asksForAccountingOnceWhereThereIsNone() {
    int[] looks = {0};
    launch(
        counts -> {
          if (looks[0]++ < 2) {
            slurm.set(slurm.queue().get(0), "");
          } else {
            complete(counts);
          }
        });
    assertThat(slurm.calls()).hasSize(3);
    assertThat(slurm.read("sacct-calls")).hasSize(1);
  }

  @Test
  void waitsForRowsThatASharedFileSystemShowsLate() {
    settle = Duration.ofMinutes(1);
    int[] looks = {0};
    launch(
        counts -> {
          if (looks[0]++ == 0) {
            slurm.queue().forEach(task -> slurm.set(task, "COMPLETED"));
          } else if (looks[0] == 4) {
            slurm.queue().forEach(task -> train(task, Integer.MAX_VALUE));
          }
        });
    assertThat(slurm.calls()).hasSize(1);
    assertThat(rows()).hasSize(SmallSweep.TRIALS);
  }

  @Test
  void goesOnAfterAKillWithoutSubmittingTwice() {
    slurm.write("max", "4");
    // Between the two arrays.
    assertThatThrownBy(
            () ->
                launch(
                    nothing(),
                    note -> {
                      if (note.startsWith("submitted")) {
                        throw new Killed();
                      }
                    }))
        .isInstanceOf(Killed.class);
    assertThat(slurm.calls()).containsExactly("1-3 0");
    assertThatThrownBy(() -> SlurmLauncher.requireNone(sweep))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("run by Slurm (job 101)", "--launcher slurm --resume");
    // While they run.
    assertThatThrownBy(
            () ->
                launch(
                    counts -> {
                      slurm.set(slurm.queue().get(1), "RUNNING");
                      throw new Killed();
                    }))
        .isInstanceOf(Killed.class);
    assertThat(slurm.calls()).containsExactly("1-3 0", "1-2 3");
    slurm.set(slurm.queue().get(1), "PENDING");
    launch(this::complete);
    assertThat(slurm.calls()).containsExactly("1-3 0", "1-2 3");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void countsRequeuesAcrossKills() {
    requeues = 1;
    int[] looks = {0};
    for (int session = 0; session < 2; session++) {
      assertThatThrownBy(
              () ->
                  launch(
                      counts -> {
                        slurm.queue().forEach(task -> slurm.set(task, "FAILED"));
                        looks[0]++;
                        throw new Killed();
                      }))
          .isInstanceOf(Killed.class);
    }
    SlurmOutcome outcome = launch(nothing());
    assertThat(slurm.calls()).hasSize(2);
    assertThat(outcome.lost()).hasSize(5);
  }

  private void killAfterSbatch() throws IOException {
    assertThatThrownBy(
            () ->
                launch(
                    nothing(),
                    note -> {
                      throw new Killed();
                    }))
        .isInstanceOf(Killed.class);
    // What the journal would be had the kill come before sbatch's answer, with a torn line.
    Path journal = SlurmFolder.of(sweep).resolve("journal.jsonl");
    List<String> lines = Files.readAllLines(journal);
    assertThat(lines.removeLast()).contains("\"event\":\"job\"");
    Files.writeString(journal, String.join("\n", lines) + "\n{\"format\":1,\"event\":\"jo");
  }

  @Test
  void findsAJobWhoseNumberItNeverReadByItsName() throws IOException {
    settle = Duration.ofMinutes(1);
    killAfterSbatch();
    launch(this::complete);
    assertThat(slurm.calls()).containsExactly("1-5 0");
    assertThat(notes).contains("found job 101 of an earlier submission");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void waitsForAJobThatTheQueueShowsLate() throws IOException {
    settle = Duration.ofMinutes(1);
    killAfterSbatch();
    String queue = String.join("\n", slurm.read("queue")) + "\n";
    slurm.write("queue", "");
    int[] looks = {0};
    launch(
        counts -> {
          if (++looks[0] == 3) {
            slurm.write("queue", queue);
          } else if (looks[0] > 3) {
            complete(counts);
          }
        });
    assertThat(slurm.calls()).containsExactly("1-5 0");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void findsItInTheAccountingToo() throws IOException {
    settle = Duration.ofMinutes(1);
    killAfterSbatch();
    QueuedTask first = slurm.queue().getFirst();
    slurm.queue().forEach(task -> train(task, Integer.MAX_VALUE));
    slurm.write("queue", "");
    slurm.write("accounting", "101_[1-5]|COMPLETED|" + first.name() + "\n");
    // All rows are there, so that nothing would be submitted anyway; one is taken away.
    Path part = SlurmFolder.of(sweep, 1).part(5).resolve(TrialStore.TRIALS);
    Files.writeString(part, "");
    int[] looks = {0};
    launch(
        counts -> {
          if (looks[0]++ == 2) {
            train(new QueuedTask("101", 5, "", ""), Integer.MAX_VALUE);
          }
        });
    assertThat(slurm.calls()).hasSize(1);
    assertThat(notes).contains("found job 101 of an earlier submission");
  }

  @Test
  void submitsWhatNeverReachedTheQueue() throws IOException {
    killAfterSbatch();
    slurm.write("queue", "");
    requeues = 0; // it was no attempt
    launch(this::complete);
    assertThat(slurm.calls()).containsExactly("1-5 0", "1-5 0");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void aLostAnswerOfSbatchIsNoRefusal() {
    settle = Duration.ofMinutes(1);
    slurm.write("lose-answer", "");
    launch(this::complete);
    assertThat(slurm.calls()).hasSize(1);
    assertThat(notes).contains("found job 101 of an earlier submission");
  }

  @Test
  void refusalEndsTheSessionAndLeavesNothingBehind() {
    slurm.write("refuse", "sbatch: error: invalid partition specified: foo\nsbatch: error: no\n");
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "sbatch: error: invalid partition specified: foo; sbatch: error: no", "--slurm.option");
    assertThatCode(() -> SlurmLauncher.requireNone(sweep)).doesNotThrowAnyException();
    assertThat(SlurmFolder.of(sweep)).doesNotExist();
    slurm.remove("refuse");
    tasks = OptionalInt.of(3);
    launch(this::complete);
    assertThat(slurm.calls()).containsExactly("1-3 0");
    assertThat(rows()).hasSize(SmallSweep.TRIALS);
  }

  @Test
  void aLimitOnJobsIsWaitedFor() {
    slurm.write("max", "4");
    launch(
        counts -> {
          boolean first = slurm.read("refuse").isEmpty() && slurm.calls().size() == 1;
          if (!first) {
            slurm.read("refuse").forEach(line -> slurm.remove("refuse"));
            complete(counts);
          }
        },
        note -> {
          if (note.startsWith("submitted job 101")) {
            slurm.write("refuse", "QOSMaxSubmitJobPerUserLimit\n");
          }
        });
    assertThat(notes)
        .contains("sbatch refuses further jobs for now: QOSMaxSubmitJobPerUserLimit")
        .noneMatch(note -> note.contains("submitting it again"));
    assertThat(slurm.calls()).containsExactly("1-3 0", "1-2 3");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void aControllerThatDoesNotAnswerIsNoReasonToSubmit() {
    int[] notesOfIt = {0};
    int[] looks = {0};
    launch(
        counts -> {
          if (looks[0]++ == 0) {
            slurm.write("down", "");
          } else {
            complete(counts);
          }
        },
        note -> {
          if (note.contains("Unable to contact slurm controller")) {
            notesOfIt[0]++;
            slurm.remove("down");
          }
        });
    assertThat(notesOfIt[0]).isEqualTo(1);
    assertThat(slurm.calls()).containsExactly("1-5 0");
  }

  @Test
  void aControllerThatDoesNotAnswerAtAllIsAnError() {
    slurm.write("down", "");
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("squeue fails: slurm_load_jobs error: Unable to contact");
    assertThat(slurm.calls()).isEmpty();
  }

  @Test
  void aStopLeavesTheJobs() {
    SlurmOutcome outcome = launch(counts -> stop.raise());
    assertThat(outcome.end()).isEqualTo(End.INTERRUPTED);
    assertThat(outcome.jobs()).containsExactly("101");
    assertThat(slurm.queue()).hasSize(5);
    assertThatThrownBy(() -> SlurmLauncher.requireNone(sweep))
        .isInstanceOf(BadInputException.class);
  }

  @Test
  void submitsAndLeavesIfItIsNotToStay() {
    stay = false;
    SlurmOutcome outcome = launch(nothing());
    assertThat(outcome.end()).isEqualTo(End.LEFT);
    assertThat(outcome.jobs()).containsExactly("101");
    assertThat(outcome.progress().finished()).isZero();
    complete(new SlurmListener.Tasks(0, 0, 0, 0));
    assertThat(launch(nothing()).end()).isEqualTo(End.COLLECTED);
    assertThat(slurm.calls()).hasSize(1);
    assertThat(rows()).isEqualTo(expected());
  }

  // The rows of a local run, the first three as failures and the last six missing.
  private List<TrialRow> someRows() {
    List<TrialRow> rows = new ArrayList<>(local);
    for (int i = 0; i < 3; i++) {
      TrialRow row = rows.get(i);
      rows.set(
          i,
          new TrialRow(
              row.id(),
              row.index(),
              row.values(),
              Outcome.FAILED,
              "no memory",
              row.metrics(),
              row.time()));
    }
    return rows.subList(0, 18);
  }

  @Test
  void runsOnlyWhatTheStoreLacks() {
    List<TrialRow> known = someRows();
    try (TrialStore store = TrialStore.create(sweep, SPEC)) {
      known.forEach(store::append);
    }
    tasks = OptionalInt.of(12); // trials t and t + 12: the first six tasks have nothing to do
    List<Integer> trained = new ArrayList<>();
    launch(
        counts -> {
          for (QueuedTask task : slurm.queue()) {
            int number = slurm.part(task);
            trained.add(number);
            // The one trial that is there is not trained again.
            assertThat(TrialStore.read(SlurmFolder.of(sweep, 1).part(number)))
                .contains(known.get(number - 1));
          }
          complete(counts);
        });
    assertThat(slurm.calls()).containsExactly("7-12 0");
    assertThat(trained).contains(7, 8, 9, 10, 11, 12);
    assertThat(TrialStore.read(sweep)).filteredOn(r -> r.outcome() == Outcome.FAILED).hasSize(3);
    assertThat(rows().subList(3, 24)).isEqualTo(expected().subList(3, 24));
    // The rows that were there are those of before, time and all.
    assertThat(TrialStore.read(sweep).subList(0, 18)).isEqualTo(known);
    // With --retry-failed the three, whatever else their tasks have.
    retryFailed = true;
    plan = 2;
    launch(this::complete);
    assertThat(slurm.calls()).containsExactly("7-12 0", "1-3 0");
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void collectsWhatWasRunByHandAfterItGaveUp() {
    requeues = 0;
    launch(counts -> slurm.queue().forEach(task -> slurm.set(task, "FAILED")));
    assertThat(rows()).isEmpty();
    for (int i = 1; i <= 5; i++) {
      train(new QueuedTask("101", i, "", ""), Integer.MAX_VALUE);
    }
    assertThat(launch(nothing()).end()).isEqualTo(End.COLLECTED);
    assertThat(slurm.calls()).hasSize(1);
    assertThat(rows()).isEqualTo(expected());
  }

  @Test
  void optionsStayUnlessGivenAgain() throws IOException {
    Path script = SlurmFolder.of(sweep, 1).script();
    stay = false;
    options = List.of(new SbatchOption("time=10"), new SbatchOption("exclusive"));
    launch(nothing());
    assertThat(script).content().contains("\n#SBATCH --time=10\n#SBATCH --exclusive\n");
    options = List.of();
    Files.delete(script);
    launch(nothing());
    assertThat(script).content().contains("\n#SBATCH --time=10\n#SBATCH --exclusive\n");
    options = List.of(new SbatchOption("time=20"));
    launch(nothing());
    options = List.of();
    launch(nothing());
    assertThat(script).content().contains("--time=20").doesNotContain("--time=10", "exclusive");
    assertThat(slurm.calls()).hasSize(1);
    tasks = OptionalInt.of(6);
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("--slurm.tasks is 6", "has 5 tasks");
  }

  @Test
  void refusesAMachineWithoutSlurm() {
    assertThatThrownBy(() -> new SlurmCommands(Map.of("PATH", "/nowhere:")).require())
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("sbatch is not on PATH", "login node", "--shard");
    slurm.write("max", "none");
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("--slurm.max-array");
    slurm.write("max", "1");
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("takes no arrays");
  }

  @Test
  void aDamagedJournalIsAnError() throws IOException {
    stay = false;
    launch(nothing());
    Path journal = SlurmFolder.of(sweep).resolve("journal.jsonl");
    String whole = Files.readString(journal);
    Files.writeString(journal, "{}\n" + whole);
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("journal.jsonl:1: field format is missing, expected a whole number");
    Files.writeString(journal, whole.replace("\"format\":1", "\"format\":2"));
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("journal.jsonl:1: is damaged: its checksum is wrong");
    Files.writeString(journal, "{\"format\":2}\n");
    assertThatThrownBy(() -> launch(nothing()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("field format is 2, expected 1");
    Files.writeString(journal, whole);
    Files.writeString(journal, "torn", StandardOpenOption.APPEND);
    launch(this::complete);
    assertThat(slurm.calls()).hasSize(1);
  }
}
