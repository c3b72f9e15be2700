package lemniscate.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Finds where the bytes of an uncompressed member lie in a zip file, which {@link
 * java.util.zip.ZipFile} does not tell (APPNOTE.TXT of PKWARE, 4.3.7 to 4.3.16, 4.5.3).
 */
final class ZipMembers {
  private static final int END_MAGIC = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final int END64_LOCATOR_MAGIC = 0x07064b50;
  private static final int END64_LOCATOR_BYTES = 20;
  private static final int END64_MAGIC = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int CENTRAL_MAGIC = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL_MAGIC = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int STORED = 0;
  private static final int ZIP64_EXTRA = 1;
  private static final long ELSEWHERE = 0xffffffffL;
  private static final long MAX_DIRECTORY = 1 << 26;

  private ZipMembers() {}

  /**
   * The offset of a member's bytes in the file, or -1 where it is not stored plainly there or the
   * file has something unusual: then it has to be read as a stream.
   *
   * @param member its name
   * @param size its number of bytes
   */
  static long offset(Path file, String member, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer directory = directory(channel);
      while (directory.remaining() >= CENTRAL_BYTES
          && directory.getInt(directory.position()) == CENTRAL_MAGIC) {
        int at = directory.position();
        int nameBytes = directory.getShort(at + 28) & 0xffff;
        int extraBytes = directory.getShort(at + 30) & 0xffff;
        int commentBytes = directory.getShort(at + 32) & 0xffff;
        int next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
        if (next > directory.limit()) {
          return -1;
        }
        byte[] name = new byte[nameBytes];
        directory.get(at + CENTRAL_BYTES, name);
        if (member.equals(new String(name, StandardCharsets.UTF_8))) {
          return directory.getShort(at + 10) == STORED
              ? data(channel, local(directory, at, nameBytes, extraBytes), size)
              : -1;
        }
        directory.position(next);
      }
      return -1;
    } catch (EOFException e) {
      return -1;
    }
  }

  private static ByteBuffer directory(FileChannel channel) throws IOException {
    long fileSize = channel.size();
    int tailBytes = (int) Math.min(fileSize, END_BYTES + MAX_COMMENT);
    ByteBuffer tail = read(channel, fileSize - tailBytes, tailBytes);
    for (int at = tailBytes - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END_MAGIC) {
        long size = tail.getInt(at + 12) & ELSEWHERE;
        long offset = tail.getInt(at + 16) & ELSEWHERE;
        long locator = fileSize - tailBytes + at - END64_LOCATOR_BYTES;
        if (locator >= 0) {
          ByteBuffer end64 = end64(channel, locator);
          if (end64.hasRemaining()) {
            size = end64.getLong(40);
            offset = end64.getLong(48);
          }
        }
        return size < 0 || size > MAX_DIRECTORY
            ? ByteBuffer.allocate(0)
            : read(channel, offset, (int) size);
      }
    }
    return ByteBuffer.allocate(0);
  }

  /** The end record of a file that has 64-bit numbers; empty for others. */
  private static ByteBuffer end64(FileChannel channel, long locator) throws IOException {
    ByteBuffer at = read(channel, locator, END64_LOCATOR_BYTES);
    if (at.getInt(0) != END64_LOCATOR_MAGIC) {
      return ByteBuffer.allocate(0);
    }
    ByteBuffer end = read(channel, at.getLong(8), END64_BYTES);
    return end.getInt(0) == END64_MAGIC ? end : ByteBuffer.allocate(0);
  }

  /**
   * The offset of the local header, which is among the extra fields where 32 bits do not hold it.
   */
  private static long local(ByteBuffer directory, int at, int nameBytes, int extraBytes) {
    long offset = directory.getInt(at + 42) & ELSEWHERE;
    if (offset != ELSEWHERE) {
      return offset;
    }
    int field = at + CENTRAL_BYTES + nameBytes;
    int end = field + extraBytes;
    while (field + 4 <= end) {
      int bytes = directory.getShort(field + 2) & 0xffff;
      if (directory.getShort(field) == ZIP64_EXTRA) {
        // The numbers that did not fit, in this order: size, compressed size, offset.
        int skipped =
            ((directory.getInt(at + 24) & ELSEWHERE) == ELSEWHERE ? Long.BYTES : 0)
                + ((directory.getInt(at + 20) & ELSEWHERE) == ELSEWHERE ? Long.BYTES : 0);
        return skipped + Long.BYTES <= bytes && field + 4 + bytes <= end
            ? directory.getLong(field + 4 + skipped)
            : -1;
      }
      field += 4 + bytes;
    }
    return -1;
  }

  private static long data(FileChannel channel, long local, long size) throws IOException {
    if (local < 0) {
      return -1;
    }
    ByteBuffer header = read(channel, local, LOCAL_BYTES);
    if (header.getInt(0) != LOCAL_MAGIC) {
      return -1;
    }
    long data =
        local + LOCAL_BYTES + (header.getShort(26) & 0xffff) + (header.getShort(28) & 0xffff);
    return size >= 0 && data + size <= channel.size() ? data : -1;
  }

  private static ByteBuffer read(FileChannel channel, long position, int count) throws IOException {
    if (position < 0) {
      throw new EOFException();
    }
    ByteBuffer buffer = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new EOFException();
      }
    }
    return buffer.flip();
  }
}
