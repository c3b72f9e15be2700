package lemniscate.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/** Makes lengths and check sums agree with what they are of. */
public final class Repairs {

  private static final int TAR_BLOCK = 512;
  private static final int NPY_HEADER = 10;
  private static final String NPY_MAGIC = "\u0093NUMPY";

  private Repairs() {}

  /** Times of day and of work made the same, so that seeds are the same in every process. */
  public static byte[] timeless(byte[] file) {
    return new String(file, StandardCharsets.ISO_8859_1)
        .replaceAll(
            "(\"(?:seconds|trainingSeconds|examplesPerSecond)\"\\s*:\\s*\"?)[0-9.Ee+-]+", "$11.5")
        .replaceAll("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "2030-01-02T03:04:05Z")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The checksums of a journal's lines that have one. */
  public static byte[] journal(byte[] file) {
    String[] lines = new String(file, StandardCharsets.ISO_8859_1).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      int at = lines[i].lastIndexOf(",\"crc\"");
      if (at >= 0) {
        CRC32 crc = new CRC32();
        crc.update(lines[i].substring(0, at).getBytes(StandardCharsets.ISO_8859_1));
        lines[i] = "%s,\"crc\":\"%08x\"}".formatted(lines[i].substring(0, at), crc.getValue());
      }
    }
    return String.join("\n", lines).getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The header length of a safetensors file: up to the brace that closes the first. */
  public static byte[] safetensors(byte[] file) {
    int depth = 0;
    boolean quoted = false;
    for (int i = Long.BYTES; i < file.length; i++) {
      char c = (char) file[i];
      if (c == '\\' && quoted) {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '}')) {
        depth += c == '{' ? 1 : -1;
        if (depth == 0) {
          int end = i + 1;
          while (end < file.length && file[end] == ' ') {
            end++; // what aligns the data
          }
          ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(0, end - Long.BYTES);
          break;
        }
      }
    }
    return file;
  }

  /** The check sums of the headers of a tar archive. */
  public static byte[] tar(byte[] file) {
    for (int at = 0; at + TAR_BLOCK <= file.length; ) {
      if (file[at] == 0) {
        break;
      }
      int sum = 0;
      for (int i = 0; i < TAR_BLOCK; i++) {
        sum += i >= 148 && i < 156 ? ' ' : file[at + i] & 0xff;
      }
      byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(digits, 0, file, at + 148, 8);
      String size = new String(file, at + 124, 12, StandardCharsets.ISO_8859_1);
      size = size.replace('\0', ' ').strip();
      long bytes = size.matches("[0-7]{1,12}") ? Long.parseLong(size, 8) : 0;
      at += TAR_BLOCK * (int) (1 + Math.min(file.length, (bytes + TAR_BLOCK - 1) / TAR_BLOCK));
    }
    return file;
  }

  /** The header length of an NPY file of version 1: up to the first line feed. */
  public static byte[] npy(byte[] file) {
    for (int i = NPY_HEADER; i < file.length; i++) {
      if (file[i] == '\n') {
        file[NPY_HEADER - 2] = (byte) (i + 1 - NPY_HEADER);
        file[NPY_HEADER - 1] = (byte) (i + 1 - NPY_HEADER >> 8);
        break;
      }
    }
    return file;
  }

  /** The same of NPY files that are {@link #joined}, and their lengths. */
  public static byte[] joinedNpy(byte[] file) {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    List<byte[]> parts = new ArrayList<>();
    for (int at = text.indexOf(NPY_MAGIC); at >= 0; ) {
      int next = text.indexOf(NPY_MAGIC, at + 1);
      // Before the next one stands its length, unless it is the last.
      int length = text.indexOf(NPY_MAGIC, next + 1) < 0 ? 0 : Short.BYTES;
      int end = next < 0 ? file.length : Math.max(at, next - length);
      parts.add(npy(Arrays.copyOfRange(file, at, end)));
      at = next;
    }
    return joined(parts.toArray(byte[][]::new));
  }

  /** Parts of one input, each behind its length in two bytes; the last takes the rest. */
  public static byte[][] parts(byte[] file, int count) {
    ByteBuffer in = ByteBuffer.wrap(file);
    byte[][] parts = new byte[count][0];
    for (int i = 0; i < count && in.hasRemaining(); i++) {
      int stated = in.remaining() < 2 || i == count - 1 ? in.remaining() : in.getShort() & 0xffff;
      parts[i] = new byte[Math.min(stated, in.remaining())];
      in.get(parts[i]);
    }
    return parts;
  }

  /** The input that has these parts. */
  public static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < parts.length; i++) {
      if (i < parts.length - 1) {
        out.write(parts[i].length >> 8);
        out.write(parts[i].length);
      }
      out.writeBytes(parts[i]);
    }
    return out.toByteArray();
  }
}
