package lemniscate.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/** Edits checkpoints as somebody would who knows of their seals. */
final class Seals {

  private static final String SEAL = "\"sha256\":\"[0-9a-f]{64}\"";

  private Seals() {}

  /** Changes the bytes, one a character, and seals the file again. */
  static void edit(Path file, UnaryOperator<String> change) throws IOException {
    String changed = change.apply(Files.readString(file, StandardCharsets.ISO_8859_1));
    Files.write(file, sealed(changed.getBytes(StandardCharsets.ISO_8859_1)));
  }

  /** A file with the seal that it has to have. */
  static byte[] sealed(byte[] file) {
    String blank =
        new String(file, StandardCharsets.ISO_8859_1)
            .replaceFirst(SEAL, "\"sha256\":\"" + "0".repeat(64) + "\"");
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(blank.getBytes(StandardCharsets.ISO_8859_1));
      return blank
          .replaceFirst(SEAL, "\"sha256\":\"" + HexFormat.of().formatHex(digest) + "\"")
          .getBytes(StandardCharsets.ISO_8859_1);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}
