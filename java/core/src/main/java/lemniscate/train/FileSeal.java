package lemniscate.train;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import lemniscate.data.ContentHash;

/**
 * SHA-256 of a whole safetensors file that stands in the file's own metadata: that of the bytes
 * with zeros in the place of its 64 digits. So it covers header, metadata and tensors.
 */
final class FileSeal {

  /** Key of the metadata. */
  static final String KEY = "sha256";

  /** What stands in the digits' place while they are found. */
  static final String BLANK = "0".repeat(64);

  private static final int CHUNK_BYTES = 1 << 20;

  private FileSeal() {}

  /**
   * First byte of the digits in a header; -1 where there is no such key, written without spaces.
   * Quotes inside strings are escaped, so no value can be taken for it.
   */
  static int place(byte[] header, String digits) {
    byte[] wanted = ("\"" + KEY + "\":\"" + digits + "\"").getBytes(StandardCharsets.UTF_8);
    for (int at = 0; at + wanted.length <= header.length; at++) {
      if (Arrays.equals(header, at, at + wanted.length, wanted, 0, wanted.length)) {
        return at + KEY.length() + 4; // behind two quotes, a colon and a quote
      }
    }
    return -1;
  }

  /**
   * The digits that belong into a file.
   *
   * @param place first byte of the digits in the file, whatever stands there
   */
  static String of(FileChannel channel, long place) throws IOException {
    MessageDigest digest = ContentHash.sha256();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES);
    feed(channel, 0, place, buffer, digest);
    digest.update(BLANK.getBytes(StandardCharsets.US_ASCII));
    feed(channel, place + BLANK.length(), channel.size(), buffer, digest);
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void feed(
      FileChannel channel, long from, long to, ByteBuffer buffer, MessageDigest digest)
      throws IOException {
    for (long at = from; at < to; ) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), to - at));
      int count = channel.read(buffer, at);
      if (count < 0) {
        throw new EOFException("it ends early");
      }
      digest.update(buffer.flip());
      at += count;
    }
  }
}
