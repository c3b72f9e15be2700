package lemniscate.sweep.slurm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import lemniscate.fuzz.FuzzedReader;
import lemniscate.fuzz.Repairs;

/** The reader of Slurm's journal, to be attacked. */
public final class FuzzedSlurm {

  private FuzzedSlurm() {}

  /**
   * All of them.
   *
   * @param sweep for the journal whose bytes are changed
   */
  public static List<FuzzedReader> readers(Path sweep) {
    SlurmJournal journal = SlurmJournal.read(sweep);
    journal.plan(
        new SlurmJournal.Plan(
            1,
            5,
            List.of(1, 2, 3, 5),
            "1a2b3c4d",
            List.of("time=5"),
            OptionalInt.empty(),
            OptionalInt.of(2)));
    journal.job(journal.submit("one", 0, List.of(1, 2, 3), 7), "10177001");
    journal.refused(journal.submit("two", 3, List.of(5), 8), "no");
    byte[] lines;
    try {
      lines = Files.readAllBytes(file(sweep));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return List.of(
        new FuzzedReader(
            "slurm-journal",
            List.of(lines),
            Repairs::journal,
            (bytes, folder) -> {
              Files.createDirectories(file(folder).getParent());
              Files.write(file(folder), bytes);
              SlurmJournal.read(folder).submissions();
            }));
  }

  private static Path file(Path sweep) {
    return SlurmFolder.of(sweep).resolve("journal.jsonl");
  }
}
