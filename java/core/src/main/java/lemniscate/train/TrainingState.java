package lemniscate.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lemniscate.config.BadInputException;

/** Where a training stands, in a file, to be gone on with bit for bit; a {@link Checkpoint}. */
public final class TrainingState {

  private TrainingState() {}

  /**
   * Writes the state, whole or not at all.
   *
   * @throws TrainingDivergedException if a weight is not finite; nothing is written
   * @throws UncheckedIOException if it cannot be written
   */
  public static void save(Path file, Trainer trainer) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Checkpoint.write(file, trainer);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  /**
   * Takes up a state, if there is a whole one of this training.
   *
   * @param most steps that it may have done
   * @return whether it did; otherwise the training stands where it stood
   */
  public static boolean restore(Path file, long most, Trainer trainer) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try {
      long step;
      try (SafetensorsReader reader = Checkpoint.open(file)) {
        step = CheckpointMetadata.progress(reader).step();
      }
      if (step > most) {
        return false;
      }
      Checkpoint.restore(file, trainer);
      return true;
    } catch (BadInputException e) {
      return false; // torn, or of another version: what it holds can be trained again
    }
  }
}
