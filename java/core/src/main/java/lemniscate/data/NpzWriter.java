package lemniscate.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.ZipOutputStream;

/**
 * Writes both splits of a set as NumPy's {@code savez_compressed} would, in the layout that {@link
 * NpyReader} reads: float32 features, int32 labels or float32 targets. The same set gives the same
 * bytes.
 */
public final class NpzWriter {

  static final Pattern TEMPORARY = Pattern.compile("\\.npz\\d+\\.tmp");

  private NpzWriter() {}

  /**
   * Writes a file; it is there whole or not at all.
   *
   * @param file to be written, replaced if it exists
   */
  public static void write(DataSplits splits, Path file) throws IOException {
    Path folder =
        Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
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
    NpzOutput.begin(zip, "x" + suffix, "<f4", data.size() + ", " + data.features());
    float[] row = new float[data.features()];
    Normalization asIs = Normalization.none();
    for (int i = 0; i < data.size(); i++) {
      data.copyFeatures(i, asIs, row, 0);
      floats(zip, row);
    }
    zip.closeEntry();
    if (data.classification()) {
      NpzOutput.begin(zip, "y" + suffix, "<i4", data.size() + ",");
      ByteBuffer labels =
          ByteBuffer.allocate(data.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < data.size(); i++) {
        labels.putInt(data.label(i));
      }
      zip.write(labels.array());
    } else {
      NpzOutput.begin(zip, "y" + suffix, "<f4", data.size() + ", " + data.outputs());
      float[] targets = new float[data.outputs()];
      for (int i = 0; i < data.size(); i++) {
        data.copyTarget(i, targets, 0);
        floats(zip, targets);
      }
    }
    zip.closeEntry();
  }

  private static void floats(OutputStream out, float[] values) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    out.write(bytes.array());
  }
}
