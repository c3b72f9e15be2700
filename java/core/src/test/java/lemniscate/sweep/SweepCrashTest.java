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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same sweep in one process, killed again and again, and in shards. */
final class SweepCrashTest {

  private static final long PATIENCE_SECONDS = 60;
  private static final int KILLS = 4;

  @TempDir private Path folder;

  private List<String> inOneProcess() {
    SweepSpec spec = SmallSweep.spec();
    try (TrialStore store = TrialStore.create(folder.resolve("whole"), spec)) {
      SweepProgress progress = SmallSweep.run(spec, store, 1);
      assertThat(progress.finished()).isEqualTo(SmallSweep.TRIALS);
      // The learning rate of 1e30, a third of the trials.
      assertThat(progress.diverged()).isEqualTo(SmallSweep.TRIALS / 3);
      assertThat(progress.failed()).isZero();
    }
    return SmallSweep.results(TrialStore.read(folder.resolve("whole")));
  }

  @Test
  void killedAtAnyMomentItGoesOnToTheSameRows() throws Exception {
    Path store = folder.resolve("killed");
    Random random = new Random(7);
    int target = 1;
    for (int kill = 0; kill < KILLS; kill++) {
      target += 1 + random.nextInt(5);
      Process process = SweepProcess.start(store, folder.resolve("log"));
      awaitLines(store, target, process);
      if (kill == 0 && process.isAlive()) {
        assertThatThrownBy(() -> TrialStore.resume(store, SmallSweep.spec()).close())
            .isInstanceOf(BadInputException.class)
            .hasMessageContaining("in use by another process");
      }
      Thread.sleep(random.nextInt(20));
      process.destroyForcibly();
      assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(TrialStore.read(store)).hasSizeGreaterThanOrEqualTo(target);
    }
    Process last = SweepProcess.start(store, folder.resolve("log"));
    assertThat(last.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(last.exitValue()).as(Files.readString(folder.resolve("log"))).isZero();

    assertThat(Files.readAllLines(store.resolve(TrialStore.TRIALS)))
        .as("nothing is run twice")
        .hasSize(SmallSweep.TRIALS);
    assertThat(SmallSweep.results(TrialStore.read(store))).isEqualTo(inOneProcess());
  }

  private void awaitLines(Path store, int lines, Process process)
      throws IOException, InterruptedException {
    Path file = store.resolve(TrialStore.TRIALS);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(file) || TrialStore.read(store).size() < lines) {
      boolean waiting = process.isAlive() || TrialStore.read(store).size() >= lines;
      assertThat(waiting).as(Files.readString(folder.resolve("log"))).isTrue();
      assertThat(System.nanoTime()).as("waiting for trials").isLessThan(deadline);
      Thread.sleep(1);
    }
  }

  @Test
  void shardsMergeToTheSameRows() {
    SweepSpec spec = SmallSweep.spec();
    List<Path> shards = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      Path path = folder.resolve("shard-" + i);
      try (TrialStore store = TrialStore.create(path, spec)) {
        SweepProgress progress =
            new SweepRunner(spec, new Shard(i, 3), store, 2)
                .run(false, SweepListener.NONE, new StopSignal());
        assertThat(progress.trials()).isEqualTo(8);
        assertThat(progress.finished()).isEqualTo(8);
      }
      shards.add(path);
    }
    shards.add(shards.getFirst()); // a shard given twice adds nothing
    try (TrialStore merged = TrialStore.create(folder.resolve("merged"), spec)) {
      assertThat(merged.merge(shards, spec)).isEqualTo(SmallSweep.TRIALS);
      assertThat(merged.merge(shards, spec)).isZero();
    }
    assertThat(SmallSweep.results(TrialStore.read(folder.resolve("merged"))))
        .isEqualTo(inOneProcess());
  }
}
