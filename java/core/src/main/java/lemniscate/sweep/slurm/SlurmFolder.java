package lemniscate.sweep.slurm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.sweep.TrialStore;
import lemniscate.train.OutputFolder;

/**
 * Where a plan keeps its files: {@code slurm/NUMBER} in the folder of the sweep.
 *
 * @param path of the plan
 */
record SlurmFolder(Path path) {

  /** The folder of all plans of a sweep. */
  static Path of(Path sweep) {
    return sweep.resolve("slurm");
  }

  static SlurmFolder of(Path sweep, int plan) {
    return new SlurmFolder(of(sweep).resolve(Integer.toString(plan)));
  }

  /** Removes the folder of all plans of a sweep, with what is in it. */
  static void remove(Path sweep) {
    try (Stream<Path> files = Files.walk(of(sweep))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + of(sweep), e);
    }
  }

  /** The array script. */
  Path script() {
    return path.resolve("array.sh");
  }

  /** The logs, one for each attempt of a task. */
  Path logs() {
    return path.resolve("logs");
  }

  /**
   * Makes the folder of the logs.
   *
   * @throws UncheckedIOException if it cannot be made
   */
  void createLogs() {
    try {
      Files.createDirectories(logs());
    } catch (IOException e) {
      throw OutputFolder.unwritten(logs(), "it is a folder to be made", "go on by --resume", e);
    }
  }

  /** The log of an attempt. */
  Path log(String job, int index) {
    return logs().resolve(job + "_" + index + ".log");
  }

  /** The store of a task; it is there once the task has begun. */
  Path part(int task) {
    return path.resolve("part-%04d".formatted(task));
  }

  /** The stores that are there, of some tasks. */
  List<Path> parts(int tasks) {
    return IntStream.rangeClosed(1, tasks)
        .mapToObj(this::part)
        .filter(part -> Files.isRegularFile(part.resolve(TrialStore.TRIALS)))
        .toList();
  }

  /** The stores of all plans of a sweep. */
  static List<Path> allParts(Path sweep) {
    if (!Files.isDirectory(of(sweep))) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(of(sweep), 3)) {
      return files
          .filter(file -> file.endsWith(TrialStore.TRIALS) && Files.isRegularFile(file))
          .map(Path::getParent)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + of(sweep), e);
    }
  }
}
