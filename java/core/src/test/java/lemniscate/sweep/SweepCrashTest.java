package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import lemniscate.config.BadInputException;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sweep undisturbed, in shards, and in a process that is killed again and again. */
@Tag("process")
final class SweepCrashTest {

  private static final long PATIENCE_SECONDS = 60;
  private static final int KILLS = 10;
  // So many trials that the tenth kill, too, finds some left.
  private static final int SEEDS = 20;
  private static final int TRIALS = SEEDS * SmallSweep.PER_SEED;

  private final SweepSpec spec = SmallSweep.spec(SEEDS);

  @TempDir private Path folder;

  @Test
  void killedAtTenMomentsOrInShardsTheRowsAreThoseOfAnUndisturbedSweep() throws Exception {
    List<String> undisturbed = undisturbed();
    assertThat(undisturbed).hasSize(TRIALS);
    assertThat(SmallSweep.results(killedAgainAndAgain())).as("killed").isEqualTo(undisturbed);
    assertThat(SmallSweep.results(merged())).as("merged").isEqualTo(undisturbed);
  }

  private List<String> undisturbed() {
    Path path = folder.resolve("whole");
    try (TrialStore store = TrialStore.create(path, spec)) {
      SweepProgress progress = SmallSweep.run(spec, store, 1);
      assertThat(progress.finished()).isEqualTo(TRIALS);
      // The learning rate of 1e30, a third of the trials.
      assertThat(progress.diverged()).isEqualTo(TRIALS / 3);
      assertThat(progress.failed()).isZero();
    }
    return SmallSweep.results(TrialStore.read(path));
  }

  private List<TrialRow> killedAgainAndAgain() throws Exception {
    Path store = folder.resolve("killed");
    Random random = new Random(7);
    int before = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      // Once something new is finished, so that the kills come while trials are under way.
      int target = before + 1 + random.nextInt(TRIALS / KILLS / 3);
      Process process = SweepProcess.start(store, Integer.toString(SEEDS), folder.resolve("log"));
      awaitLines(store, target, process);
      if (kill == 1) {
        assertThatThrownBy(() -> TrialStore.resume(store, spec).close())
            .isInstanceOf(BadInputException.class)
            .hasMessageContaining("in use by another process");
      }
      TimeUnit.MICROSECONDS.sleep(random.nextInt(20_000));
      process.destroyForcibly();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      int finished = TrialStore.read(store).size();
      assertThat(finished).as("kill %d", kill).isBetween(target, TRIALS - 1);
      before = finished;
    }
    Process last = SweepProcess.start(store, Integer.toString(SEEDS), folder.resolve("log"));
    assertThat(last.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(last.exitValue()).as(Files.readString(folder.resolve("log"))).isZero();
    assertThat(Files.readAllLines(store.resolve(TrialStore.TRIALS)))
        .as("nothing is run twice, and no torn line is left")
        .hasSize(TRIALS);
    return TrialStore.read(store);
  }

  private void awaitLines(Path store, int lines, Process process)
      throws IOException, InterruptedException {
    Path file = store.resolve(TrialStore.TRIALS);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(file) || lines(file) < lines) {
      assertThat(process.isAlive()).as(Files.readString(folder.resolve("log"))).isTrue();
      assertThat(System.nanoTime()).as("waiting for trials").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  private static long lines(Path file) throws IOException {
    long lines = 0;
    for (byte b : Files.readAllBytes(file)) {
      lines += b == '\n' ? 1 : 0;
    }
    return lines;
  }

  private List<TrialRow> merged() {
    List<Path> shards = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      Path path = folder.resolve("shard-" + i);
      try (TrialStore store = TrialStore.create(path, spec)) {
        SweepProgress progress =
            new SweepRunner(spec, new Shard(i, 3), store, 2, new SharedData())
                .run(false, SweepListener.NONE, new StopSignal());
        assertThat(progress.trials()).isEqualTo(TRIALS / 3);
        assertThat(progress.finished()).isEqualTo(TRIALS / 3);
      }
      shards.add(path);
    }
    shards.add(shards.getFirst()); // a shard given twice adds nothing
    try (TrialStore merged = TrialStore.create(folder.resolve("merged"), spec)) {
      assertThat(merged.merge(shards, spec)).isEqualTo(TRIALS);
      assertThat(merged.merge(shards, spec)).isZero();
    }
    return TrialStore.read(folder.resolve("merged"));
  }
}
