package lemniscate.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import lemniscate.config.BadInputException;

/**
 * A reader of files as it is attacked: whatever the bytes are, it reads them or refuses them with
 * an exception that it documents, takes memory in proportion to the file, and ends soon.
 *
 * @param name of the kind of file
 * @param seeds files that it reads
 * @param repair makes what is only a check sum or a length agree again, so that a change behind it
 *     is looked at
 * @param attempt puts the bytes into a folder and reads them
 */
public record FuzzedReader(
    String name, List<byte[]> seeds, UnaryOperator<byte[]> repair, Attempt attempt) {

  /** Bytes that a reader may allocate whatever it is given: buffers, parsers, classes at first. */
  private static final long ALLOCATION = 24L << 20;

  /**
   * Bytes allocated for a byte of the file. Deflate makes at most 1,032 bytes of one, an array is
   * copied as it grows, and floats of it are made.
   */
  private static final long ALLOCATION_PER_BYTE = 8 * 1032;

  /** Processor time for a file of a few kilobytes, also while the JVM still interprets. */
  private static final long NANOSECONDS = TimeUnit.SECONDS.toNanos(5);

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Reads bytes. */
  @FunctionalInterface
  public interface Attempt {
    /**
     * Reads a file.
     *
     * @param bytes its content
     * @param folder for it, of this reader alone
     * @throws IOException if it is bad and the reader documents that
     */
    void read(byte[] bytes, Path folder) throws IOException;
  }

  /** A file without anything that would have to agree. */
  public static FuzzedReader of(String name, List<byte[]> seeds, Attempt attempt) {
    return new FuzzedReader(name, seeds, UnaryOperator.identity(), attempt);
  }

  /** Makes an empty folder. */
  public static Path folder(Path in, String name) {
    try {
      return Files.createDirectories(in.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads bytes and holds the reader to what it promises.
   *
   * @param folder for files of readers
   * @return why they were refused, empty if they were read
   * @throws AssertionError if a promise is broken
   */
  public String check(byte[] bytes, Path folder) {
    Reading reading = read(bytes, folder);
    if (reading.isTooMuch(bytes.length)) {
      // Classes that were loaded for the first time cost as well.
      reading = read(bytes, folder);
    }
    if (reading.isTooMuch(bytes.length)) {
      throw new AssertionError(
          "%s: a file of %d bytes took %d bytes of memory and %d ms"
              .formatted(
                  name,
                  bytes.length,
                  reading.allocated,
                  TimeUnit.NANOSECONDS.toMillis(reading.nanoseconds)));
    }
    return reading.refused;
  }

  private record Reading(String refused, long allocated, long nanoseconds) {
    boolean isTooMuch(int bytes) {
      return allocated > ALLOCATION + ALLOCATION_PER_BYTE * bytes || nanoseconds > NANOSECONDS;
    }
  }

  private Reading read(byte[] bytes, Path folder) {
    Path own = folder(folder, name);
    long thread = Thread.currentThread().threadId();
    long allocated = THREADS.getThreadAllocatedBytes(thread);
    long began = THREADS.getCurrentThreadCpuTime();
    String refused = "";
    try {
      attempt.read(bytes, own);
    } catch (BadInputException e) {
      requireMessage(e, own);
      refused = e.getMessage();
    } catch (IOException e) {
      refused = e.toString();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(name + ": an exception that is not documented: " + e, e);
    }
    long nanoseconds = THREADS.getCurrentThreadCpuTime() - began;
    return new Reading(refused, THREADS.getThreadAllocatedBytes(thread) - allocated, nanoseconds);
  }

  private void requireMessage(BadInputException e, Path folder) {
    String message = String.valueOf(e.getMessage());
    if (!message.contains(folder.toString())) {
      throw new AssertionError(name + ": the message names no file: " + message, e);
    }
  }
}
