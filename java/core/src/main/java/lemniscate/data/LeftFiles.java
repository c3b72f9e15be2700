package lemniscate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Unfinished files of processes that were killed before they could remove them. */
final class LeftFiles {

  /** Longer than a live process leaves a file that it is writing alone. */
  static final Duration AGE = Duration.ofHours(1);

  private LeftFiles() {}

  /**
   * Removes those that nobody has written to for {@link #AGE}.
   *
   * @param folder that other processes may write to
   * @param names of unfinished files
   */
  static void remove(Path folder, Pattern names) {
    List<Path> found;
    try (Stream<Path> files = Files.list(folder)) {
      found = files.filter(f -> names.matcher(f.getFileName().toString()).matches()).toList();
    } catch (IOException e) {
      return; // that it cannot be used, whoever writes to it says
    }
    for (Path file : found) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(AGE))) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        // It takes room and does no harm.
      }
    }
  }
}
