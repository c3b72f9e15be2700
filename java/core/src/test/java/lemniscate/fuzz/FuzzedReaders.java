package lemniscate.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lemniscate.data.FuzzedData;
import lemniscate.study.FuzzedStudies;
import lemniscate.sweep.FuzzedSweeps;
import lemniscate.sweep.slurm.FuzzedSlurm;
import lemniscate.train.FuzzedRuns;

/** Every reader of the engine, to be attacked; one kind of file each. */
public final class FuzzedReaders {

  private static final Path MEMORY = Path.of("/dev/shm");

  private FuzzedReaders() {}

  /** A new folder, in memory where there is such a place. */
  public static Path folderInMemory() throws IOException {
    return Files.isWritable(MEMORY)
        ? Files.createTempDirectory(MEMORY, "lemniscate")
        : Files.createTempDirectory("lemniscate");
  }

  /**
   * All of them, in an order that stays.
   *
   * @param folder for what their seeds are made of
   */
  public static List<FuzzedReader> all(Path folder) {
    List<FuzzedReader> readers = new ArrayList<>(FuzzedData.readers());
    readers.addAll(FuzzedRuns.readers(FuzzedReader.folder(folder, "runs")));
    readers.addAll(FuzzedSweeps.readers(FuzzedReader.folder(folder, "sweeps")));
    readers.addAll(FuzzedSlurm.readers(FuzzedReader.folder(folder, "slurm")));
    readers.addAll(FuzzedStudies.readers(FuzzedReader.folder(folder, "studies")));
    return List.copyOf(readers);
  }
}
