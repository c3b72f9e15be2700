package lemniscate.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * A byte stream that is read strictly: what is asked for must be there, and at the end nothing may
 * be left. Compression by gzip is found by its magic bytes, whatever the file is called. No buffer
 * grows past what has really been read, so that a lying header cannot make the program allocate.
 */
final class StrictInput implements AutoCloseable {
  /** The size of a stream that is not known before it has been read. */
  static final long UNKNOWN_SIZE = -1;

  /** The longest array that every JVM can allocate. */
  static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private static final int GZIP_MAGIC = 0x1f8b;
  private static final int BUFFER_BYTES = 1 << 16;

  /** Arrays below this are read whatever they are stored in. */
  private static final long LARGE = 1L << 28;

  /** Deflate makes up to 1030 times as many bytes of what is all the same. */
  private static final int MOST_TIMES = 200;

  private static final int FIRST_ALLOCATION = 1 << 20;
  private static final String FETCH_AGAIN = " The file is incomplete or damaged: fetch it again.";

  private final String where;
  private final InputStream in;
  private final long size;
  private final boolean compressed;
  private final long storedBytes;

  private StrictInput(
      String where, InputStream in, long size, boolean compressed, long storedBytes) {
    this.where = where;
    this.in = in;
    this.size = size;
    this.compressed = compressed;
    this.storedBytes = storedBytes;
  }

  /** Opens a file, plain or compressed by gzip. */
  static StrictInput open(Path file) {
    if (Files.isDirectory(file)) {
      throw new BadInputException(file + " is a folder, expected a file; name the file itself.");
    }
    try {
      return of(file.toString(), Files.newInputStream(file), Files.size(file));
    } catch (NoSuchFileException e) {
      throw new BadInputException(
          file + " does not exist; check the path, or fetch the data set.", e);
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check its permissions and the file system.", e);
    }
  }

  /**
   * Reads a stream, plain or compressed by gzip, and closes it in the end.
   *
   * @param where what messages call it
   * @param stream the bytes
   * @param size their number as stored, or {@link #UNKNOWN_SIZE}
   */
  static StrictInput of(String where, InputStream stream, long size) {
    InputStream buffered = new BufferedInputStream(stream, BUFFER_BYTES);
    try {
      buffered.mark(2);
      int magic = (Math.max(buffered.read(), 0) << 8) | Math.max(buffered.read(), 0);
      buffered.reset();
      if (magic == GZIP_MAGIC) {
        return new StrictInput(
            where, new GZIPInputStream(buffered, BUFFER_BYTES), UNKNOWN_SIZE, true, size);
      }
      return new StrictInput(where, buffered, size, false, size);
    } catch (IOException e) {
      try {
        buffered.close();
      } catch (IOException onClose) {
        e.addSuppressed(onClose);
      }
      throw damaged(where, e);
    }
  }

  /**
   * A member of an archive, which is read as it is unpacked.
   *
   * @param where what messages call it
   * @param stream its bytes, unpacked
   * @param size their number, as the archive states it
   * @param storedBytes as how many they are stored
   */
  static StrictInput ofMember(String where, InputStream stream, long size, long storedBytes) {
    boolean unpacked = storedBytes != size;
    return new StrictInput(
        where, new BufferedInputStream(stream, BUFFER_BYTES), size, unpacked, storedBytes);
  }

  /**
   * Refuses an array of so many times the bytes that it is stored in that no data are so, before
   * time is spent on it.
   *
   * @param bytes of the array
   * @throws BadInputException if so
   */
  void requireLikely(long bytes) {
    if (compressed
        && storedBytes != UNKNOWN_SIZE
        && bytes > LARGE
        && bytes / MOST_TIMES > storedBytes) {
      throw new BadInputException(
          "%s promises %s in %s of a compressed file, more than %d times as many; expected data that do not unpack to so much. Check where it comes from, and store it uncompressed if it is right."
              .formatted(where, Shown.bytes(bytes), Shown.bytes(storedBytes), MOST_TIMES));
    }
  }

  /** What messages call this stream. */
  String where() {
    return where;
  }

  /** The bytes, decompressed; not to be closed. */
  InputStream stream() {
    return in;
  }

  /** True if the stored bytes are a gzip stream. */
  boolean compressed() {
    return compressed;
  }

  /**
   * The number of bytes, or {@link #UNKNOWN_SIZE}: known for plain files, not for compressed ones.
   */
  long size() {
    return size;
  }

  /**
   * SHA-256 of everything from here to the end.
   *
   * @param whole takes in the same bytes
   */
  String sha256(MessageDigest whole) {
    try {
      return ContentHash.of(in, whole);
    } catch (IOException e) {
      throw damaged(where, e);
    }
  }

  /** Reads up to {@code count} bytes: fewer only at the end. */
  byte[] atMost(int count) {
    try {
      return in.readNBytes(count);
    } catch (IOException e) {
      throw damaged(where, e);
    }
  }

  /**
   * Reads exactly {@code count} bytes.
   *
   * @param count how many
   * @param what what they are, for the message
   */
  byte[] exactly(int count, String what) {
    byte[] bytes = new byte[Math.min(count, FIRST_ALLOCATION)];
    int have = 0;
    try {
      while (have < count) {
        if (have == bytes.length) {
          bytes = Arrays.copyOf(bytes, (int) Math.min(count, 2L * have));
        }
        int n = in.read(bytes, have, bytes.length - have);
        if (n < 0) {
          throw new BadInputException(
              "%s ends after %d of %d bytes of %s.%s"
                  .formatted(where, have, count, what, FETCH_AGAIN));
        }
        have += n;
      }
    } catch (IOException e) {
      throw damaged(where, e);
    }
    return bytes;
  }

  /**
   * Reads exactly {@code count} bytes into a spool.
   *
   * @param count how many
   * @param what what they are, for the message
   * @param spool takes them in
   */
  void exactly(long count, String what, Spool spool) {
    byte[] chunk = new byte[(int) Math.min(count, BUFFER_BYTES)];
    long have = 0;
    try {
      while (have < count) {
        int n = in.read(chunk, 0, (int) Math.min(chunk.length, count - have));
        if (n < 0) {
          throw new BadInputException(
              "%s ends after %d of %d bytes of %s.%s"
                  .formatted(where, have, count, what, FETCH_AGAIN));
        }
        spool.write(chunk, 0, n);
        have += n;
      }
    } catch (IOException e) {
      throw damaged(where, e);
    }
  }

  /** Reads a big-endian 32-bit number without sign. */
  long unsignedInt(String what) {
    byte[] b = exactly(4, what);
    return ((b[0] & 0xffL) << 24) | ((b[1] & 0xff) << 16) | ((b[2] & 0xff) << 8) | (b[3] & 0xff);
  }

  /**
   * Refuses bytes after the end, and so also reads the checksum of a gzip stream.
   *
   * @param what what the file should hold and no more
   */
  void expectEnd(String what) {
    try {
      if (in.read() >= 0) {
        throw new BadInputException(
            ("%s holds more bytes than %s that its header promises; it is not the file it "
                    + "claims to be: fetch it again.")
                .formatted(where, what));
      }
    } catch (IOException e) {
      throw damaged(where, e);
    }
  }

  /** What to say of a stream that cannot be read on. */
  static BadInputException damaged(String where, IOException e) {
    if (e instanceof EOFException) {
      return new BadInputException(
          where + ": the gzip stream ends too early, expected a complete one." + FETCH_AGAIN, e);
    }
    if (e instanceof ZipException) {
      return new BadInputException(
          "%s: the compressed data are corrupt (%s).%s"
              .formatted(where, e.getMessage(), FETCH_AGAIN),
          e);
    }
    return new BadInputException(
        where + " cannot be read (" + e + "); check its permissions and the file system.", e);
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw damaged(where, e);
    }
  }
}
