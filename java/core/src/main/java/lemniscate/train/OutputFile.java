package lemniscate.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lemniscate.config.BadInputException;

/** A single file that a command writes: whole or not at all. */
public final class OutputFile {

  private OutputFile() {}

  /** What writes the contents. */
  interface Contents {
    void to(OutputStream out) throws IOException;
  }

  /**
   * Refuses a path that cannot be written, before any work.
   *
   * @throws BadInputException if it is a folder or a device, or lies in none that can be written
   */
  public static void check(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (Files.isDirectory(file) || folder == null) {
      throw new BadInputException(
          "--out is %s, which is a folder; expected the name of a file.".formatted(file));
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      // Such as /dev/null, in whose place the superuser would put a file.
      throw new BadInputException(
          "--out is %s, which is a device or a pipe; expected the name of a file.".formatted(file));
    }
    if (!Files.isDirectory(folder)) {
      throw new BadInputException(
          "--out is %s, but the folder %s is not there; make it, or name another."
              .formatted(file, folder));
    }
    try {
      OutputFolder.probe(folder);
    } catch (IOException e) {
      throw OutputFolder.unusable(folder, e);
    }
  }

  /** What to tell the user of a file that cannot be written. */
  static UncheckedIOException unwritten(Path file, IOException cause) {
    return OutputFolder.unwritten(
        file,
        Files.exists(file) ? "what was there is as it was" : "nothing is left of it",
        "give the same command again",
        cause);
  }

  /**
   * Writes a file; one that is there is replaced.
   *
   * @throws UncheckedIOException if it cannot be written; what was there is then as it was
   */
  static void write(Path file, Contents contents) {
    try {
      OutputFolder.replace(
          file,
          temporary -> {
            try (OutputStream out = Files.newOutputStream(temporary)) {
              contents.to(out);
            }
          });
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }
}
