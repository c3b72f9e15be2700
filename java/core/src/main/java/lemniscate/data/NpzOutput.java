package lemniscate.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes an NPZ file as NumPy's {@code savez_compressed} would: little-endian arrays in C order,
 * one after the other. The same arrays give the same bytes.
 */
public final class NpzOutput implements AutoCloseable {

  // numpy.lib.format: the data starts at a multiple of 64 bytes.
  private static final int ALIGNMENT = 64;
  private static final int PREFIX_BYTES = 10;
  private static final int CHUNK = 1 << 14;

  private final ZipOutputStream zip;

  /** Writes to a stream, which is closed in the end. */
  public NpzOutput(OutputStream out) {
    this.zip = new ZipOutputStream(new BufferedOutputStream(out));
  }

  /** Writes an array of float32, rounded where the numbers are not. */
  public void floats(String name, double[] values, int... shape) throws IOException {
    begin(name, "<f4", shape);
    chunks(values.length, Float.BYTES, (buffer, i) -> buffer.putFloat((float) values[i]));
    zip.closeEntry();
  }

  /** Writes an array of float64. */
  public void doubles(String name, double[] values, int... shape) throws IOException {
    begin(name, "<f8", shape);
    chunks(values.length, Double.BYTES, (buffer, i) -> buffer.putDouble(values[i]));
    zip.closeEntry();
  }

  /** Writes a vector of int64, NumPy's usual integer. */
  public void integers(String name, int[] values) throws IOException {
    begin(name, "<i8", values.length);
    chunks(values.length, Long.BYTES, (buffer, i) -> buffer.putLong(values[i]));
    zip.closeEntry();
  }

  /** Writes a text as an array without dimensions: {@code str(array)} gives it back. */
  public void text(String name, String text) throws IOException {
    int[] points = text.codePoints().toArray();
    begin(name, "<U" + Math.max(1, points.length));
    chunks(points.length, Integer.BYTES, (buffer, i) -> buffer.putInt(points[i]));
    zip.closeEntry();
  }

  private interface Put {
    void put(ByteBuffer buffer, int i);
  }

  private void chunks(int count, int bytes, Put put) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK * bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int first = 0; first < count; first += CHUNK) {
      buffer.clear();
      for (int i = first; i < Math.min(count, first + CHUNK); i++) {
        put.put(buffer, i);
      }
      zip.write(buffer.array(), 0, buffer.position());
    }
  }

  private void begin(String name, String type, int... shape) throws IOException {
    begin(
        zip,
        name,
        type,
        Arrays.stream(shape).mapToObj(Integer::toString).collect(Collectors.joining(", "))
            + (shape.length == 1 ? "," : ""));
  }

  /** Begins an array; its elements follow. */
  static void begin(ZipOutputStream zip, String name, String type, String shape)
      throws IOException {
    ZipEntry entry = new ZipEntry(name + ".npy");
    // A fixed time, so that the file depends on nothing but the data.
    entry.setTime(0);
    zip.putNextEntry(entry);
    String header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    int length =
        Math.ceilDiv(PREFIX_BYTES + header.length() + 1, ALIGNMENT) * ALIGNMENT - PREFIX_BYTES;
    ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    prefix.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    prefix.put((byte) 1).put((byte) 0).putShort((short) length);
    zip.write(prefix.array());
    String padded = header + " ".repeat(length - header.length() - 1) + "\n";
    zip.write(padded.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
