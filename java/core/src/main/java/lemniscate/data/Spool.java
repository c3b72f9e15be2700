package lemniscate.data;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Takes in bytes one after the other, in memory as long as they are few, else in a temporary file
 * that has no name, so that nothing is left of it however the process ends.
 */
final class Spool implements AutoCloseable {
  /** What may be held in memory: a small part of the heap, so that several arrays fit. */
  private static final int SHARE_OF_HEAP = 16;

  private static final int FIRST_ALLOCATION = 1 << 16;
  private static final long MIB = 1 << 20;

  private final String where;
  private final long memoryLimit;
  private byte[] memory = new byte[FIRST_ALLOCATION];
  private int used;
  private @Nullable RandomAccessFile file;
  private boolean finished;

  /**
   * Begins.
   *
   * @param where what messages call the array
   * @param expected how many bytes will come, so that there being too many for the disk is told
   *     before they are read; 0 if that is not known
   */
  Spool(String where, long expected) {
    this(
        where,
        expected,
        Math.min(StrictInput.MAX_ARRAY, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
  }

  Spool(String where, long expected, long memoryLimit) {
    this.where = where;
    this.memoryLimit = memoryLimit;
    if (expected > memoryLimit) {
      try {
        requireSpace(expected);
        file = open();
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }

  private static Path folder() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private static RandomAccessFile open() throws IOException {
    Path path = Files.createTempFile(folder(), "lemniscate-", ".data");
    RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw");
    try {
      Files.delete(path);
    } catch (IOException e) {
      // Some systems delete no file that is open.
      path.toFile().deleteOnExit();
    }
    return open;
  }

  private void requireSpace(long bytes) throws IOException {
    long free = Files.getFileStore(folder()).getUsableSpace();
    if (bytes > free) {
      throw new BadInputException(
          ("%s takes %d MiB as a temporary file, more than the %d MiB that are free in %s; make room,"
                  + " name another folder (JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR), or give an"
                  + " uncompressed .npy or numpy.savez file in C order, which is read in place.")
              .formatted(where, Math.ceilDiv(bytes, MIB), free / MIB, folder()));
    }
  }

  private BadInputException failed(IOException e) {
    return new BadInputException(
        ("%s does not fit into a temporary file in %s (%s); make room there, or name another folder:"
                + " JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=DIR.")
            .formatted(where, folder(), e.getMessage()),
        e);
  }

  /** Takes in {@code count} bytes. */
  void write(byte[] bytes, int offset, int count) {
    try {
      if (file == null && used + (long) count > memoryLimit) {
        file = open();
        file.write(memory, 0, used);
        memory = new byte[0];
      }
      if (file != null) {
        file.write(bytes, offset, count);
        return;
      }
    } catch (IOException e) {
      throw failed(e);
    }
    if (used + count > memory.length) {
      memory = Arrays.copyOf(memory, (int) Math.min(memoryLimit, 2L * (used + count)));
    }
    System.arraycopy(bytes, offset, memory, used, count);
    used += count;
  }

  /** All that was taken in, as numbers. */
  StoredNumbers finish(NumericArray.Type type, boolean bigEndian) {
    finished = true;
    if (file == null) {
      byte[] whole = used == memory.length ? memory : Arrays.copyOf(memory, used);
      return StoredNumbers.of(whole, type, bigEndian);
    }
    try {
      return StoredNumbers.of(FileBytes.temporary(file), type, bigEndian);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  /** Gives up the file, unless what was taken in is in use. */
  @Override
  public void close() {
    if (file != null && !finished) {
      try {
        file.close();
      } catch (IOException e) {
        throw failed(e);
      }
    }
  }
}
