package lemniscate.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes both splits of a set as NumPy's {@code savez_compressed} would, in the layout that {@link
 * NpyReader} reads: float32 features, int32 labels or float32 targets. The same set gives the same
 * bytes.
 */
public final class NpzWriter {

  // numpy.lib.format: the data starts at a multiple of 64 bytes.
  private static final int ALIGNMENT = 64;
  private static final int PREFIX_BYTES = 10;

  static final Pattern TEMPORARY = Pattern.compile("\\.npz\\d+\\.tmp");

  private NpzWriter() {}

  /**
   * Writes a file; it is there whole or not at all.
   *
   * @param file to be written, replaced if it exists
   */
  public static void write(DataSplits splits, Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    LeftFiles.remove(folder, TEMPORARY);
    Path temporary = Files.createTempFile(folder, ".npz", ".tmp");
    try {
      try (ZipOutputStream zip =
          new ZipOutputStream(new BufferedOutputStream(Files.newOutputStream(temporary)))) {
        split(zip, splits.train(), "_train");
        split(zip, splits.test(), "_test");
      }
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void split(ZipOutputStream zip, Dataset data, String suffix) throws IOException {
    begin(zip, "x" + suffix, "<f4", data.size() + ", " + data.features());
    float[] row = new float[data.features()];
    Normalization asIs = Normalization.none();
    for (int i = 0; i < data.size(); i++) {
      data.copyFeatures(i, asIs, row, 0);
      floats(zip, row);
    }
    zip.closeEntry();
    if (data.classification()) {
      begin(zip, "y" + suffix, "<i4", data.size() + ",");
      ByteBuffer labels =
          ByteBuffer.allocate(data.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < data.size(); i++) {
        labels.putInt(data.label(i));
      }
      zip.write(labels.array());
    } else {
      begin(zip, "y" + suffix, "<f4", data.size() + ", " + data.outputs());
      float[] targets = new float[data.outputs()];
      for (int i = 0; i < data.size(); i++) {
        data.copyTarget(i, targets, 0);
        floats(zip, targets);
      }
    }
    zip.closeEntry();
  }

  private static void begin(ZipOutputStream zip, String name, String type, String shape)
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

  private static void floats(OutputStream out, float[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }
}
