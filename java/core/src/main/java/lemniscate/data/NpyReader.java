package lemniscate.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;

/**
 * Reads data sets that Python wrote with {@code numpy.savez} or {@code numpy.savez_compressed}: a
 * zip of NPY arrays {@code x_train}, {@code y_train}, {@code x_test} and {@code y_test}.
 *
 * <ul>
 *   <li>x: [n, height, width] or [n, height, width, channels] are images, [n, ...] else features, C
 *       order. uint8 stays bytes (scaled by {@link Normalization} as images are); bool, int8,
 *       int16, int32, int64, float32 and float64 become float.
 *   <li>y: integers or bool, [n] or [n, 1], are class labels from 0; the number of classes is the
 *       largest label of both splits plus one, unless it is stated. float32 or float64, [n] or [n,
 *       d], are d regression targets.
 * </ul>
 *
 * <p>NPY versions 1, 2 and 3. Pickled objects, records, column-major and big-endian arrays are
 * refused, and images with the channels first.
 */
public final class NpyReader {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  // NumPy refuses headers above 10,000 characters by default; this leaves room.
  private static final long MAX_HEADER_BYTES = 1 << 16;
  private static final String SAVE =
      "numpy.savez(path, x_train=..., y_train=..., x_test=..., y_test=...)";

  private NpyReader() {}

  /**
   * Reads both splits from an NPZ file.
   *
   * @param name name of the set
   * @param file the file
   * @param options number of classes and shape of the images, where they are stated
   * @throws BadInputException if it is not such a file, lacks an array, or an array is not as
   *     described above
   */
  public static DataSplits readSplits(String name, Path file, DataOptions options) {
    if (!Files.isRegularFile(file)) {
      throw new BadInputException(
          "%s %s; give the path of a file made with %s."
              .formatted(
                  file, Files.exists(file) ? "is not a regular file" : "does not exist", SAVE));
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (String array : ArraySplits.NAMES) {
        if (zip.getEntry(array + ".npy") == null) {
          throw new BadInputException(
              "%s has no array %s%s, it holds: %s; save it with %s."
                  .formatted(
                      file,
                      array,
                      array.endsWith("_test") ? " (a test split is required)" : "",
                      Shown.list(
                          zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).toList()),
                      SAVE));
        }
      }
      return ArraySplits.of(
          name,
          options,
          array -> {
            try {
              return array(zip, file, array);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (ZipException e) {
      throw new BadInputException(
          "%s is not a readable NPZ (zip) file (%s); save it with %s."
              .formatted(file, e.getMessage(), SAVE),
          e);
    } catch (UncheckedIOException | IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check its permissions and the file system.", e);
    }
  }

  /**
   * Reads one array from an NPY file.
   *
   * @throws BadInputException if it is not an NPY file of a type, order and length that are read
   */
  static NumericArray read(Path file) {
    try (StrictInput in = StrictInput.open(file)) {
      return read(in);
    }
  }

  private static NumericArray array(ZipFile zip, Path file, String array) throws IOException {
    ZipEntry entry = zip.getEntry(array + ".npy");
    // ZipFile does not compare it.
    CheckedInputStream checked = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
    String where = file + ":" + array;
    try (StrictInput in =
        StrictInput.ofMember(where, checked, entry.getSize(), entry.getCompressedSize())) {
      NumericArray read = read(in);
      if (checked.getChecksum().getValue() != entry.getCrc()) {
        throw new BadInputException(
            "%s has the CRC-32 %08x, expected the stored %08x; the file is damaged: save or copy it again."
                .formatted(in.where(), checked.getChecksum().getValue(), entry.getCrc()));
      }
      return read;
    }
  }

  private static NumericArray read(StrictInput in) {
    byte[] preamble = in.atMost(MAGIC.length + 2);
    if (preamble.length < MAGIC.length + 2
        || !Arrays.equals(preamble, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new BadInputException(
          in.where()
              + " does not start with the NPY magic \\x93NUMPY; it is not an array saved by NumPy:"
              + " save it with numpy.save or numpy.savez.");
    }
    int major = preamble[MAGIC.length];
    if (major < 1 || major > 3) {
      throw new BadInputException(
          ("%s has NPY version %d.%d, expected 1, 2 or 3; save it again with numpy.save or "
                  + "numpy.savez.")
              .formatted(in.where(), major, preamble[MAGIC.length + 1]));
    }
    int lengthBytes = major == 1 ? 2 : 4;
    byte[] lengthField = in.exactly(lengthBytes, "header length");
    long headerBytes = 0;
    for (int i = lengthBytes - 1; i >= 0; i--) {
      headerBytes = headerBytes << 8 | (lengthField[i] & 0xff);
    }
    if (headerBytes > MAX_HEADER_BYTES) {
      throw new BadInputException(
          "%s has a header of %d bytes, expected at most %d; the file is damaged: save it again."
              .formatted(in.where(), headerBytes, MAX_HEADER_BYTES));
    }
    NpyHeader header =
        NpyHeader.parse(
            in.where(),
            new String(
                in.exactly((int) headerBytes, "header"),
                major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
    NumericArray.Type type = type(in.where(), header.descr());
    int[] shape = shape(in.where(), header, type);
    if (header.fortranOrder() && shape.length > 1) {
      throw new BadInputException(
          in.where()
              + " is stored column by column (fortran_order True), expected C order; save"
              + " numpy.ascontiguousarray(array).");
    }
    long dataBytes = type.bytes;
    for (int dimension : shape) {
      dataBytes *= dimension;
    }
    long before = MAGIC.length + 2 + lengthBytes + headerBytes;
    if (in.size() != StrictInput.UNKNOWN_SIZE && in.size() != before + dataBytes) {
      throw new BadInputException(
          ("%s has %d bytes, but its header promises %d; the file is incomplete or damaged: "
                  + "save it again.")
              .formatted(in.where(), in.size(), before + dataBytes));
    }
    in.requireRoom(dataBytes, type.bytesAsRead(dataBytes / type.bytes));
    byte[] raw = in.exactly((int) dataBytes, "elements");
    in.expectEnd("the elements");
    return new NumericArray(in.where(), type, shape, raw);
  }

  private static NumericArray.Type type(String where, String descr) {
    for (NumericArray.Type type : NumericArray.Type.values()) {
      // NumPy writes '|' for single bytes, where order means nothing; '<' says the same.
      if (descr.equals(type.descr)
          || (type.bytes == 1 && descr.equals("<" + type.descr.substring(1)))) {
        return type;
      }
    }
    String remedy =
        descr.startsWith(">")
            ? "it is big-endian: save array.astype(array.dtype.newbyteorder('<'))"
            : "save array.astype('float32'), or 'int64' for class labels";
    throw new BadInputException(
        "%s has elements of type '%s', expected one of %s; %s."
            .formatted(where, descr, NumericArray.Type.list(), remedy));
  }

  private static int[] shape(String where, NpyHeader header, NumericArray.Type type) {
    String text = header.shape().toString();
    if (header.shape().isEmpty()) {
      throw new BadInputException(
          where + " is a single number (shape ()), expected an array with one row per example.");
    }
    long bytes = type.bytes;
    for (long dimension : header.shape()) {
      if (dimension == 0) {
        throw new BadInputException(
            where
                + " is empty (shape "
                + text
                + "), expected at least one example and one feature.");
      }
      // Divided, not multiplied: a lying header may overflow.
      if (dimension > StrictInput.MAX_ARRAY / bytes) {
        throw new BadInputException(
            ("%s has shape %s of '%s', more than the %d bytes that fit in memory as one "
                    + "array; save fewer examples or a narrower type.")
                .formatted(where, text, type.descr, StrictInput.MAX_ARRAY));
      }
      bytes *= dimension;
    }
    return header.shape().stream().mapToInt(Math::toIntExact).toArray();
  }
}
