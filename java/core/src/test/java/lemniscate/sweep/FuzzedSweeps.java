package lemniscate.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lemniscate.fuzz.FuzzedReader;
import lemniscate.fuzz.Repairs;

/** The readers of a sweep's files, to be attacked. */
public final class FuzzedSweeps {

  private FuzzedSweeps() {}

  /**
   * All of them.
   *
   * @param folder for the store whose files are changed
   */
  public static List<FuzzedReader> readers(Path folder) {
    return List.of(spec(), store(folder.resolve("store")));
  }

  private static FuzzedReader spec() {
    String drawn =
        """
        base: {data.name: synthetic, net.width: 7}
        cases: [{rule: bp}, {rule: pc, pc.steps: 3}]
        random: {keys: {optim.lr: {log: [0.001, 0.1]}}, count: 3, seed: 1}
        exclude: [{rule: pc}]
        seeds: [1, 2]
        trialTimeLimit: 600
        """;
    return FuzzedReader.of(
        "sweep",
        List.of(
            SmallSweep.TEXT.getBytes(StandardCharsets.UTF_8),
            drawn.getBytes(StandardCharsets.UTF_8)),
        (bytes, folder) -> SweepSpec.read(Files.write(folder.resolve("sweep.yaml"), few(bytes))));
  }

  // A sweep lists as many trials as it says, up to a limit that has a test of its own.
  private static byte[] few(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1)
        .replaceAll("(seeds|count)(\\W{1,9})\\d{2,}", "$1$29")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static FuzzedReader store(Path path) {
    SweepSpec spec = SmallSweep.spec(1);
    try (TrialStore store = TrialStore.create(path, spec)) {
      for (Trial trial : spec.trials()) {
        store.append(
            TrialRow.of(
                Job.whole(trial),
                trial.index() == 2 ? Outcome.FAILED : Outcome.OK,
                trial.index() == 2 ? "why" : null,
                new TrialRow.Metrics(0.5, 0.1 + 0.2, Double.NaN, 20, 0),
                new TrialRow.Time(1.5, 1, "2030-01-02T03:04:05Z")));
      }
    }
    byte[] lines;
    try {
      lines = Files.readAllBytes(path.resolve(TrialStore.TRIALS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new FuzzedReader(
        "trials",
        List.of(lines),
        Repairs::journal,
        (bytes, folder) -> {
          Files.write(folder.resolve(TrialStore.TRIALS), bytes);
          for (TrialRow row : TrialStore.read(folder)) {
            row.label();
            row.resultJson();
          }
          TrialStore.resume(folder, spec).close();
        });
  }
}
