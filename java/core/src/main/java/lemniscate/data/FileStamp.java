package lemniscate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * What tells that a file was written to while it was in use: its identity, size and time of change.
 * A file that is replaced or deleted is whole as long as it is open; one that is written in place
 * is not.
 *
 * @param file the path
 * @param key identity, where the file system has one
 * @param size bytes
 * @param modified time of the last change
 */
record FileStamp(Path file, @Nullable Object key, long size, FileTime modified) {

  static FileStamp of(Path file) throws IOException {
    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
    return new FileStamp(file, now.fileKey(), now.size(), now.lastModifiedTime());
  }

  /**
   * Refuses a file that was written to since.
   *
   * @throws BadInputException if it was
   */
  void requireUnchanged() {
    try {
      FileStamp now = of(file);
      if (Objects.equals(key, now.key) && !equals(now)) {
        throw new BadInputException(
            ("%s was changed while it was in use (%d bytes when it was opened, %d now); expected that"
                    + " it stays as it is as long as a run reads it. Restore it, then go on with"
                    + " resume.")
                .formatted(file, size, now.size));
      }
    } catch (NoSuchFileException e) {
      // What is open outlives its name.
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read any more (" + e + "); check the file system.", e);
    }
  }
}
