package lemniscate.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.ZipException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Reads the regular files of a tar archive (POSIX ustar), one after the other. Folders, links and
 * extension headers are passed over; a caller decides by the last part of a name alone where a file
 * goes, so that no path in an archive leads out of the target folder.
 */
final class TarInput {
  private static final int BLOCK = 512;

  /** Several times what the largest archive that is read here unpacks to. */
  private static final long MOST_BYTES = 1L << 30;

  private static final int NAME_BYTES = 100;
  private static final int SIZE_AT = 124;
  private static final int SIZE_BYTES = 12;
  private static final int CHECKSUM_AT = 148;
  private static final int CHECKSUM_BYTES = 8;
  private static final int TYPE_AT = 156;

  /** A regular file: the last part of its name, and its bytes. */
  record Entry(String fileName, long bytes) {}

  private final InputStream in;
  private long remaining;
  private long unpacked;
  private int padding;

  TarInput(InputStream in) {
    this.in = in;
  }

  /** Moves on to the next regular file; null at the end of the archive. */
  @Nullable Entry next() throws IOException {
    while (true) {
      in.skipNBytes(remaining + padding);
      remaining = 0;
      padding = 0;
      byte[] header = in.readNBytes(BLOCK);
      if (header.length < BLOCK) {
        throw new EOFException("the tar archive ends without its end mark");
      }
      if (header[0] == 0) {
        return null;
      }
      checkSum(header);
      remaining = octal(header, SIZE_AT, SIZE_BYTES);
      unpacked += BLOCK + remaining;
      if (unpacked > MOST_BYTES) {
        throw new ZipException("it unpacks to more than " + Shown.bytes(MOST_BYTES));
      }
      padding = (int) ((BLOCK - remaining % BLOCK) % BLOCK);
      byte type = header[TYPE_AT];
      if (type == '0' || type == 0) {
        int end = 0;
        while (end < NAME_BYTES && header[end] != 0) {
          end++;
        }
        String name = new String(header, 0, end, StandardCharsets.UTF_8);
        return new Entry(name.substring(name.lastIndexOf('/') + 1), remaining);
      }
    }
  }

  /** Copies the file that {@link #next} returned. */
  void copyTo(OutputStream out) throws IOException {
    byte[] chunk = new byte[1 << 16];
    while (remaining > 0) {
      int n = in.read(chunk, 0, (int) Math.min(chunk.length, remaining));
      if (n < 0) {
        throw new EOFException("the tar archive ends inside a file");
      }
      out.write(chunk, 0, n);
      remaining -= n;
    }
  }

  /** The bytes of the file that {@link #next} returned; closing them closes nothing. */
  InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (remaining == 0 || length == 0) {
          return length == 0 ? 0 : -1;
        }
        int n = in.read(into, offset, (int) Math.min(length, remaining));
        if (n < 0) {
          throw new EOFException("the tar archive ends inside a file");
        }
        remaining -= n;
        return n;
      }
    };
  }

  private static void checkSum(byte[] header) throws IOException {
    long stated = octal(header, CHECKSUM_AT, CHECKSUM_BYTES);
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      boolean field = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_BYTES;
      sum += field ? ' ' : header[i] & 0xff;
    }
    if (sum != stated) {
      throw new ZipException("a tar header has a wrong checksum");
    }
  }

  private static long octal(byte[] header, int at, int length) throws IOException {
    String text =
        new String(header, at, length, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    if (!text.matches("[0-7]{1,12}")) {
      throw new ZipException("a tar header holds no octal number where one must be");
    }
    return Long.parseLong(text, 8);
  }
}
