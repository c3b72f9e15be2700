package lemniscate.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import lemniscate.config.BadInputException;

/** What all folders that results are written to have in common. */
public final class OutputFolder {

  private static final int PROBE_BYTES = 1 << 12;

  private OutputFolder() {}

  /**
   * Writes and removes a file: some file systems report a full disk only once data is forced out.
   *
   * @throws IOException if the folder cannot be written
   */
  public static void probe(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, ".probe", null);
    try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(PROBE_BYTES));
      channel.force(true);
    } finally {
      Files.deleteIfExists(probe);
    }
  }

  /** What to tell the user whose folder cannot be written. */
  public static BadInputException unusable(Path folder, IOException e) {
    String reason =
        e instanceof FileSystemException f && f.getReason() != null
            ? f.getReason()
            : e.getClass().getSimpleName() + " " + e.getMessage();
    return new BadInputException(
        "out is %s, which cannot be written (%s); name a folder on a disk with room where you may write."
            .formatted(folder, reason),
        e);
  }

  /**
   * Puts a text in the place of a file, whole or not at all, whenever the process is killed.
   *
   * @throws IOException if it cannot be written; the file is then as it was
   */
  public static void replace(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try (FileChannel out =
        FileChannel.open(
            temporary,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      out.force(true);
    }
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
