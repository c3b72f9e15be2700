package lemniscate.data;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a file that is read where and when it is asked for; what was read lately the operating
 * system keeps in memory. Safe to share between threads, and closed when it is no longer referred
 * to.
 *
 * <p>Read, not mapped: of a mapped file that another program cuts, the JVM would see numbers that
 * nobody wrote before it notices; and not through a channel, which closes for all when one thread
 * is interrupted.
 */
final class FileBytes {
  /** What is shorter is copied: that is safe from whatever happens to the file. */
  static final long WORTH_LEAVING = 1 << 20;

  private final RandomAccessFile file;
  private final String where;
  private final @Nullable FileStamp stamp;
  private final long offset;
  private final long length;

  private FileBytes(
      RandomAccessFile file, String where, @Nullable FileStamp stamp, long offset, long length) {
    this.file = file;
    this.where = where;
    this.stamp = stamp;
    this.offset = offset;
    this.length = length;
  }

  /**
   * A piece of a file that others may write to.
   *
   * @param file the file
   * @param offset where the piece begins
   * @param length how long it is
   * @throws BadInputException if the file is shorter
   */
  static FileBytes of(Path file, long offset, long length) {
    try {
      FileStamp stamp = FileStamp.of(file);
      if (offset + length > stamp.size()) {
        throw new BadInputException(
            "%s has %d bytes, expected at least %d; the file is incomplete or damaged: save it again."
                .formatted(file, stamp.size(), offset + length));
      }
      RandomAccessFile open = new RandomAccessFile(file.toFile(), "r");
      return new FileBytes(open, file.toString(), stamp, offset, length);
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check its permissions and the file system.", e);
    }
  }

  /** The whole of a file of our own. */
  static FileBytes temporary(RandomAccessFile file) throws IOException {
    return new FileBytes(file, "the temporary copy of a data set", null, 0, file.length());
  }

  /** The bytes from some place on. */
  FileBytes from(long first) {
    return new FileBytes(file, where, stamp, offset + first, length - first);
  }

  long length() {
    return length;
  }

  /**
   * Reads.
   *
   * @throws BadInputException if the file has become shorter or cannot be read
   */
  void read(long from, byte[] dst, int at, int count) {
    int have = 0;
    try {
      synchronized (file) {
        file.seek(offset + from);
        while (have < count) {
          int n = file.read(dst, at + have, count - have);
          if (n < 0) {
            break;
          }
          have += n;
        }
      }
    } catch (IOException e) {
      throw new BadInputException(
          where + " cannot be read any more (" + e + "); check the file system.", e);
    }
    if (have < count) {
      requireUnchanged();
      throw new BadInputException(
          where + " ends too early, expected that it stays as it is as long as it is read.");
    }
  }

  /**
   * Refuses a file that was written to since it was opened.
   *
   * @throws BadInputException if it was
   */
  void requireUnchanged() {
    if (stamp != null) {
      stamp.requireUnchanged();
    }
  }
}
