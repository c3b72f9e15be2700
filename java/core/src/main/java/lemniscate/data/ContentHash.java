package lemniscate.data;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** SHA-256 of contents: what a stream gives, after decompression where it is compressed. */
public final class ContentHash {
  private static final int CHUNK_BYTES = 1 << 16;

  private ContentHash() {}

  /** {@return a new SHA-256} */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Reads to the end and returns the hexadecimal digest; the stream is left open. */
  public static String of(InputStream in) throws IOException {
    return of(in, null);
  }

  /** The same, and a second digest, of which this content is a part, takes in the bytes as well. */
  static String of(InputStream in, @Nullable MessageDigest whole) throws IOException {
    MessageDigest digest = sha256();
    byte[] chunk = new byte[CHUNK_BYTES];
    for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
      digest.update(chunk, 0, n);
      if (whole != null) {
        whole.update(chunk, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
