package lemniscate.sweep;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import lemniscate.train.Trainer;
import lemniscate.train.TrainingState;

/**
 * Where trials stand that may be trained further: {@code states/ID.safetensors} in the folder of
 * the sweep. They save time and nothing else: without one a trial is trained from its beginning, to
 * the same bits.
 */
final class TrialStates {

  /** The folder. */
  static final String FOLDER = "states";

  private final Path folder;

  /** A state could not be written: the store cannot be trusted to take results either. */
  static final class UnwrittenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnwrittenException(UncheckedIOException e) {
      super(
          e.getMessage()
              + "; the trials that finished before are kept: remove the cause, such as a full disk,"
              + " and go on by --resume",
          e);
    }
  }

  TrialStates(Path store) {
    this.folder = store.resolve(FOLDER);
  }

  private Path file(String id) {
    return folder.resolve(id + ".safetensors");
  }

  /** Before the row, so that a kill between the two costs an evaluation and no training. */
  void save(Job job, Trainer trainer) {
    try {
      TrainingState.save(file(job.trial().id()), trainer);
    } catch (UncheckedIOException e) {
      throw new UnwrittenException(e);
    }
  }

  /** Goes on where the trial stood, if that is known and not too far. */
  void restore(Job job, long most, Trainer trainer) {
    TrainingState.restore(file(job.trial().id()), most, trainer);
  }

  /** Removes the state of a trial that is not trained further. */
  void settled(TrialRow row) {
    if (row.rung().isEmpty() || row.outcome() == Outcome.DIVERGED) {
      delete(file(row.id()));
    }
  }

  /** Removes all of them: the sweep is finished. */
  void remove() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(TrialStates::delete);
    } catch (IOException e) {
      // They take room and do no harm.
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // As above.
    }
  }
}
