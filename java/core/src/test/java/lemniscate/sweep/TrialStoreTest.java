package lemniscate.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.journal.JournalContract;
import lemniscate.journal.JsonLine;
import lemniscate.train.StopSignal;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrialStoreTest {

  @TempDir private Path folder;

  private final SweepSpec spec = SmallSweep.spec();
  private Path path = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void paths() {
    path = folder.resolve("store");
    file = path.resolve(TrialStore.TRIALS);
  }

  private TrialRow row(int index, Outcome outcome, double loss) {
    return TrialRow.of(
        Job.whole(spec.trials().get(index)),
        outcome,
        outcome == Outcome.OK ? null : "why",
        new TrialRow.Metrics(loss, loss / 3, Double.NaN, 20, 0),
        new TrialRow.Time(1.5, 1, "2030-01-02T03:04:05Z"));
  }

  private void append(TrialRow... rows) {
    try (TrialStore store = TrialStore.resume(path, spec)) {
      List.of(rows).forEach(store::append);
    }
  }

  private static void refuses(Runnable action, String... fragments) {
    assertThatThrownBy(action::run)
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(fragments);
  }

  @Test
  void goingOnSweepsUpWhatAKillHasLeft() throws IOException {
    append(row(0, Outcome.OK, 0.5));
    for (String left : List.of("sweep.yaml.tmp", "sweep.yaml.lemniscate-4.tmp", ".probe5.tmp")) {
      Files.writeString(path.resolve(left), "half");
    }
    append(row(1, Outcome.OK, 0.5));
    assertThat(path.toFile().list()).containsExactlyInAnyOrder(TrialStore.TRIALS, TrialStore.SPEC);
  }

  @Test
  void readsBackWhatItWroteInTheOrderOfTheSweep() {
    TrialRow late = row(7, Outcome.DIVERGED, Double.NaN);
    TrialRow early = row(2, Outcome.OK, 0.1 + 0.2);
    append(late, early);
    List<TrialRow> read = TrialStore.read(path);
    assertThat(read)
        .extracting(row -> JsonLine.of(row.fields()))
        .containsExactly(JsonLine.of(early.fields()), JsonLine.of(late.fields()));
    assertThat(read.getFirst().metrics()).isEqualTo(early.metrics());
    assertThat(early.resultJson()).doesNotContain("seconds");
  }

  @Test
  void aTornLineDoesNotCountAndIsCutOff() throws IOException {
    append(row(0, Outcome.OK, 1), row(1, Outcome.OK, 2));
    byte[] whole = Files.readAllBytes(file);
    String line = JsonLine.of(row(2, Outcome.OK, 3).fields());
    for (String torn : new String[] {"{", line.substring(0, 40), line, "\u0000\u0000\n"}) {
      Files.write(file, whole);
      Files.writeString(file, torn, StandardOpenOption.APPEND);
      assertThat(TrialStore.read(path)).as(torn).hasSize(2);
      append(row(3, Outcome.OK, 4));
      assertThat(TrialStore.read(path))
          .as(torn)
          .extracting(TrialRow::index)
          .containsExactly(0, 1, 3);
      assertThat(Files.readAllLines(file)).hasSize(3);
    }
  }

  @Test
  void keepsToTheContract() throws IOException {
    append(row(0, Outcome.OK, 1), row(1, Outcome.DIVERGED, Double.NaN), row(2, Outcome.OK, 3));
    JournalContract.check(file, () -> TrialStore.read(path));
  }

  @Test
  void readsStoresOfTheVersionBefore() throws IOException {
    JournalContract.putOld("sweep/trials.jsonl", file);
    JournalContract.putOld("sweep/sweep.yaml", path.resolve(TrialStore.SPEC));
    SweepSpec old = SweepSpec.read(path.resolve(TrialStore.SPEC));
    List<TrialRow> read = TrialStore.read(path);
    assertThat(read)
        .extracting(TrialRow::outcome)
        .containsExactly(Outcome.OK, Outcome.DIVERGED, Outcome.OK, Outcome.DIVERGED);
    assertThat(read.getFirst().metrics().testLoss()).isEqualTo(0.8830177574503651);
    try (TrialStore store = TrialStore.resume(path, old)) {
      store.append(read.getFirst());
    }
    assertThat(TrialStore.read(path)).isEqualTo(read);
  }

  @Test
  void damageWithinIsNamed() throws IOException {
    append(row(0, Outcome.OK, 1));
    Files.writeString(
        file,
        "nonsense\n" + JsonLine.of(row(1, Outcome.OK, 1).fields()) + "\n",
        StandardOpenOption.APPEND);
    byte[] before = Files.readAllBytes(file);
    refuses(() -> TrialStore.read(path), TrialStore.TRIALS + ":2", "damaged");
    refuses(() -> TrialStore.resume(path, spec), TrialStore.TRIALS + ":2", "damaged");
    assertThat(Files.readAllBytes(file)).as("nothing is cut off").isEqualTo(before);
  }

  @Test
  void aNewerStoreIsRefused() throws IOException {
    append(row(0, Outcome.OK, 1));
    String line =
        JsonLine.of(row(1, Outcome.OK, 1).fields()).replace("\"format\":1", "\"format\":3");
    Files.writeString(file, line + "\n", StandardOpenOption.APPEND);
    byte[] before = Files.readAllBytes(file);
    refuses(() -> TrialStore.read(path), "field format is 3, expected 2", "newer version");
    refuses(() -> TrialStore.resume(path, spec), "field format is 3, expected 2", "newer version");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void oneWriterAtATime() {
    try (TrialStore store = TrialStore.create(path, spec)) {
      store.append(row(0, Outcome.OK, 1));
      refuses(() -> TrialStore.resume(path, spec), "in use by another process");
      assertThat(TrialStore.read(path)).as("readers need no lock").hasSize(1);
    }
    TrialStore.resume(path, spec).close();
    refuses(() -> TrialStore.create(path, spec), "already holds a sweep", "--resume");
  }

  @Test
  void aFolderThatCannotBeWritten() throws IOException {
    Path plain = Files.createFile(folder.resolve("plain"));
    refuses(() -> TrialStore.create(plain, spec), "out is " + plain, "cannot be written");
    refuses(() -> TrialStore.create(plain.resolve("below"), spec), "cannot be written");
    refuses(() -> TrialStore.read(folder.resolve("none")), "holds no sweep");
    append(row(0, Outcome.OK, 1));
    assumeTrue(path.toFile().setWritable(false) && !Files.isWritable(path), "not the superuser");
    refuses(() -> TrialStore.resume(path, spec), "cannot be written");
    assertThat(TrialStore.read(path)).hasSize(1);
    assertThat(path.toFile().setWritable(true)).isTrue();
  }

  @Test
  void aFullDiskIsAClearErrorAndLosesNothing() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "a device that is always full");
    Files.createDirectories(path);
    Files.createSymbolicLink(file, full);
    try (TrialStore store = TrialStore.resume(path, spec)) {
      assertThatThrownBy(() -> store.append(row(0, Outcome.OK, 1)))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContainingAll("cannot write " + file, "are kept", "--resume");
      assertThat(store.rows()).isEmpty();
      // A sweep ends with that error instead of going on without its results.
      assertThatThrownBy(
              () ->
                  new SweepRunner(spec, Shard.ALL, store, 2, new SharedData())
                      .run(false, SweepListener.NONE, new StopSignal()))
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  @Test
  void anotherSweepIsRefused() {
    append(row(0, Outcome.OK, 1));
    SweepSpec other = SweepSpec.of(SmallSweep.TEXT.replace("0.03", "0.04"), "other.yaml");
    refuses(() -> TrialStore.resume(path, other), "holds another sweep");
    try (TrialStore merged = TrialStore.create(folder.resolve("merged"), other)) {
      refuses(() -> merged.merge(List.of(path), other), "holds another sweep");
    }
  }

  @Test
  void aNewTimeLimitIsTheSameSweep() throws IOException {
    append(row(0, Outcome.OK, 1));
    String text = SmallSweep.TEXT + "trialTimeLimit: 60\n";
    TrialStore.resume(path, SweepSpec.of(text, "small.yaml")).close();
    assertThat(path.resolve(TrialStore.SPEC)).hasContent(text);
  }

  @Test
  void resultsGoOverFailuresWhenMerging() {
    Path other = folder.resolve("other");
    append(row(0, Outcome.FAILED, 1), row(1, Outcome.OK, 1));
    try (TrialStore store = TrialStore.create(other, spec)) {
      store.append(row(0, Outcome.OK, 5));
      store.append(row(1, Outcome.TIMEOUT, 5));
    }
    for (List<Path> order : List.of(List.of(path, other), List.of(other, path))) {
      try (TrialStore merged = TrialStore.resume(folder.resolve("merged"), spec)) {
        merged.merge(order, spec);
        assertThat(merged.rows()).extracting(TrialRow::outcome).containsOnly(Outcome.OK);
        assertThat(merged.rows()).hasSize(2);
      }
    }
  }
}
