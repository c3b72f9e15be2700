package lemniscate.sweep.slurm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import lemniscate.sweep.Shard;
import lemniscate.sweep.SharedData;
import lemniscate.sweep.SmallSweep;
import lemniscate.sweep.SweepListener;
import lemniscate.sweep.SweepProgress;
import lemniscate.sweep.SweepRunner;
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

/**
 * Successive halving as arrays: tasks are submitted again when results of others promote trials.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the made-up commands are shell scripts")
final class SlurmAshaTest {

  private static final SweepSpec SPEC = SweepSpec.of(SmallSweep.ASHA, "asha.yaml");
  private static final int TASKS = 4;
  private static final int MOST_LOOKS = 200;

  private static List<String> local = List.of();

  @TempDir private Path temporary;

  private FakeSlurm slurm;
  private Path sweep;
  private final List<String> notes = new ArrayList<>();

  @BeforeAll
  static void runInOneProcess(@TempDir Path folder) {
    try (TrialStore store = TrialStore.create(folder, SPEC)) {
      SmallSweep.run(SPEC, store, 2);
    }
    local = SmallSweep.results(TrialStore.read(folder));
  }

  @BeforeEach
  void begin() {
    slurm = new FakeSlurm(temporary);
    sweep = temporary.resolve("the sweep");
  }

  private SlurmOutcome launch(int requeues, Consumer<SlurmListener.Tasks> move) {
    int[] looks = {0};
    SlurmListener listener =
        new SlurmListener() {
          @Override
          public void onTasks(Tasks counts, SweepProgress progress) {
            assertThat(looks[0]++).as("looks; notes: " + notes).isLessThan(MOST_LOOKS);
            move.accept(counts);
          }

          @Override
          public void onNote(String line) {
            notes.add(line);
          }
        };
    try (TrialStore store = TrialStore.resume(sweep, SPEC)) {
      return new SlurmLauncher(
              SPEC,
              store,
              new SlurmSettings(
                  List.of(),
                  OptionalInt.of(TASKS),
                  OptionalInt.empty(),
                  OptionalInt.empty(),
                  OptionalInt.empty(),
                  requeues,
                  Duration.ofMillis(1),
                  // A task that has nothing left to do for now is not waited for.
                  Duration.ofMinutes(10),
                  true),
              slurm.commands(),
              new Program(List.of("/nowhere/java", "Main"), temporary))
          .run(false, listener, new StopSignal());
    }
  }

  /** What the script of a task does. */
  private void train(QueuedTask task, int most) {
    SlurmFolder folder = SlurmFolder.of(sweep, 1);
    int part = slurm.part(task);
    StopSignal stop = new StopSignal();
    int[] ended = {0};
    try (TrialStore store = TrialStore.resume(folder.part(part), SPEC)) {
      new SweepRunner(
              SPEC,
              new Shard(part, TASKS),
              store,
              1,
              new SharedData(),
              () -> TrialStore.readAll(TrialStore.storesIn(List.of(sweep, folder.path()))))
          .run(
              false,
              new SweepListener() {
                @Override
                public void onFinish(TrialRow row, SweepProgress progress) {
                  if (++ended[0] == most) {
                    stop.raise();
                  }
                }
              },
              stop);
    }
  }

  private void complete(SlurmListener.Tasks counts) {
    for (QueuedTask task : slurm.queue()) {
      if (task.state().equals("PENDING")) {
        train(task, Integer.MAX_VALUE);
        slurm.set(task, "COMPLETED");
      }
    }
  }

  private List<String> rows() {
    return SmallSweep.results(TrialStore.read(sweep));
  }

  @Test
  void theRowsAreThoseOfOneProcess() {
    SlurmOutcome outcome = launch(0, this::complete);
    assertThat(outcome.end()).isEqualTo(End.COLLECTED);
    assertThat(outcome.lost()).isEmpty();
    assertThat(rows()).isEqualTo(local);
    assertThat(slurm.calls())
        .as("tasks with promoted trials are asked again")
        .hasSizeGreaterThan(1);
    assertThat(notes).noneMatch(note -> note.contains("ended as"));
    assertThat(outcome.progress().finished()).isEqualTo(local.size());
    // All is there: nothing is submitted any more.
    int before = slurm.calls().size();
    assertThat(launch(0, this::complete).end()).isEqualTo(End.COLLECTED);
    assertThat(slurm.calls()).hasSize(before);
  }

  @Test
  void aTaskThatFailsWithinARungAndALauncherThatIsKilledChangeNothing() {
    int[] moves = {0};
    try {
      launch(
          2,
          counts -> {
            if (moves[0]++ == 3) {
              throw new IllegalStateException("killed");
            }
            for (QueuedTask task : slurm.queue()) {
              if (task.state().equals("PENDING")) {
                train(task, 2);
                slurm.set(task, "NODE_FAIL");
                break;
              }
            }
          });
    } catch (IllegalStateException e) {
      notes.add("the launcher was killed");
    }
    assertThat(notes).anyMatch(note -> note.contains("ended as NODE_FAIL"));
    assertThat(launch(2, this::complete).end()).isEqualTo(End.COLLECTED);
    assertThat(rows()).isEqualTo(local);
  }

  @Test
  void aTaskThatFailsAgainAndAgainIsGivenUp() {
    SlurmOutcome outcome =
        launch(
            1,
            counts -> {
              for (QueuedTask task : slurm.queue()) {
                if (task.state().equals("PENDING")) {
                  boolean bad = slurm.part(task) == 2;
                  if (!bad) {
                    train(task, Integer.MAX_VALUE);
                  }
                  slurm.set(task, bad ? "FAILED" : "COMPLETED");
                }
              }
            });
    assertThat(outcome.lost()).extracting(SlurmOutcome.Lost::task).containsExactly(2);
    assertThat(outcome.progress().finished()).isLessThan(outcome.progress().trials());
    assertThat(rows()).hasSizeLessThan(local.size());
  }
}
