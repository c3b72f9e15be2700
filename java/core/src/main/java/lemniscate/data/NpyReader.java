package lemniscate.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
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
 *       or Fortran order. uint8 stays bytes (scaled by {@link Normalization} as images are); other
 *       integers, bool and floats of 16, 32 and 64 bits are read as float32.
 *   <li>y: integers or bool, [n] or [n, 1], are class labels from 0; the number of classes is the
 *       largest label of both splits plus one, unless it is stated. Floats, [n] or [n, d], are d
 *       regression targets.
 * </ul>
 *
 * <p>NPY versions 1, 2 and 3, of either byte order. Arrays that are not compressed stay in the
 * file, so that they take none of the heap and may be larger than memory. Pickled objects and
 * records are refused, and images with the channels first.
 */
public final class NpyReader {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  // NumPy refuses headers above 10,000 characters by default; this leaves room.
  private static final long MAX_HEADER_BYTES = 1 << 16;
  private static final long MAX_BYTES = 1L << 53;
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
    try (ZipFile zip = open(file)) {
      boolean split = options.split().testFraction() != null;
      if (split && (zip.getEntry("x_test.npy") != null || zip.getEntry("y_test.npy") != null)) {
        throw new BadInputException(
            "data.testFraction is %s, but %s has test examples of its own; leave it out, or save x_train and y_train alone."
                .formatted(options.split().testFraction(), file));
      }
      for (String array : split ? ArraySplits.NAMES.subList(0, 2) : ArraySplits.NAMES) {
        if (zip.getEntry(array + ".npy") == null) {
          throw new BadInputException(
              "%s has no array %s%s, it holds: %s; save it with %s."
                  .formatted(
                      file,
                      array,
                      array.endsWith("_test")
                          ? " (a test split is required, or data.testFraction)"
                          : "",
                      Shown.list(
                          zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).toList()),
                      SAVE));
        }
      }
      if (split) {
        NumericArray y = array(zip, file, "y_train");
        return ArraySplits.split(name, options, array(zip, file, "x_train"), y);
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
   * Reads one array from an NPY file: leaves it in the file, unless it is short, compressed or
   * stored by columns.
   *
   * @throws BadInputException if it is not an NPY file of a type and length that are read
   */
  static NumericArray read(Path file) {
    try (StrictInput in = StrictInput.open(file)) {
      Head head = head(in);
      if (in.compressed() || head.dataBytes < FileBytes.WORTH_LEAVING) {
        return streamed(in, head);
      }
      FileBytes elements = FileBytes.of(file, head.headerBytes, head.dataBytes);
      return array(in.where(), head, StoredNumbers.of(elements, head.type, head.bigEndian));
    }
  }

  /**
   * The names of the arrays in an NPZ file.
   *
   * @throws BadInputException if it is no such file
   */
  static List<String> names(Path file) {
    return zipped(
        file, zip -> zip.stream().map(e -> e.getName().replaceFirst("\\.npy$", "")).toList());
  }

  /**
   * Reads one array from an NPZ file.
   *
   * @param array one of its {@link #names}
   * @throws BadInputException if it is not of a type, order and length that are read
   */
  static NumericArray read(Path file, String array) {
    return zipped(
        file,
        zip -> {
          try {
            return array(zip, file, array);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  // Of two members of one name readers disagree about which counts.
  private static ZipFile open(Path file) throws IOException {
    ZipFile zip = new ZipFile(file.toFile());
    Set<String> names = new HashSet<>();
    Optional<String> twice =
        zip.stream().map(ZipEntry::getName).filter(n -> !names.add(n)).findFirst();
    if (twice.isPresent()) {
      zip.close();
      throw new BadInputException(
          "%s has two members of the name %s, expected one for each array; save it again with numpy.savez."
              .formatted(file, Shown.quoted(twice.get())));
    }
    return zip;
  }

  private static <T> T zipped(Path file, Function<ZipFile, T> use) {
    try (ZipFile zip = open(file)) {
      return use.apply(zip);
    } catch (ZipException e) {
      throw new BadInputException(
          "%s is not a readable NPZ (zip) file (%s); save it with numpy.savez."
              .formatted(file, e.getMessage()),
          e);
    } catch (UncheckedIOException | IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check its permissions and the file system.", e);
    }
  }

  private static NumericArray array(ZipFile zip, Path file, String array) throws IOException {
    ZipEntry entry = zip.getEntry(array + ".npy");
    String where = file + ":" + array;
    long offset =
        entry.getMethod() == ZipEntry.STORED && entry.getSize() >= FileBytes.WORTH_LEAVING
            ? ZipMembers.offset(file, entry.getName(), entry.getSize())
            : -1;
    if (offset >= 0) {
      FileBytes member = FileBytes.of(file, offset, entry.getSize());
      try (StrictInput in =
          StrictInput.ofMember(
              where, zip.getInputStream(entry), entry.getSize(), entry.getSize())) {
        Head head = head(in);
        requireChecksum(where, crc(member), entry.getCrc());
        FileBytes elements = member.from(head.headerBytes);
        return array(where, head, StoredNumbers.of(elements, head.type, head.bigEndian));
      }
    }
    // ZipFile does not compare it.
    CheckedInputStream checked = new CheckedInputStream(zip.getInputStream(entry), new CRC32());
    try (StrictInput in =
        StrictInput.ofMember(where, checked, entry.getSize(), entry.getCompressedSize())) {
      Head head = head(in);
      NumericArray read = streamed(in, head);
      requireChecksum(where, checked.getChecksum().getValue(), entry.getCrc());
      return read;
    }
  }

  private static long crc(FileBytes member) {
    CRC32 crc = new CRC32();
    byte[] chunk = new byte[1 << 16];
    for (long at = 0; at < member.length(); at += chunk.length) {
      int count = (int) Math.min(chunk.length, member.length() - at);
      member.read(at, chunk, 0, count);
      crc.update(chunk, 0, count);
    }
    return crc.getValue();
  }

  private static void requireChecksum(String where, long found, long stored) {
    if (found != stored) {
      throw new BadInputException(
          "%s has the CRC-32 %08x, expected the stored %08x; the file is damaged: save or copy it again."
              .formatted(where, found, stored));
    }
  }

  private static NumericArray streamed(StrictInput in, Head head) {
    try (Spool spool = new Spool(in.where(), head.dataBytes)) {
      in.exactly(head.dataBytes, "elements", spool);
      in.expectEnd("the elements");
      return array(in.where(), head, spool.finish(head.type, head.bigEndian));
    }
  }

  private static NumericArray array(String where, Head head, StoredNumbers stored) {
    return new NumericArray(
        where,
        head.shape,
        head.fortranOrder && head.shape.length > 1
            ? RowMajor.of(where, stored, head.shape)
            : stored);
  }

  private static void requireSize(StrictInput in, Head head, long size) {
    if (size != StrictInput.UNKNOWN_SIZE && size != head.headerBytes + head.dataBytes) {
      throw new BadInputException(
          ("%s has %d bytes, but its header promises %d; the file is incomplete or damaged: "
                  + "save it again.")
              .formatted(in.where(), size, head.headerBytes + head.dataBytes));
    }
  }

  /** What stands before the elements. */
  private record Head(
      NumericArray.Type type,
      boolean bigEndian,
      boolean fortranOrder,
      int[] shape,
      long headerBytes,
      long dataBytes) {}

  private static Head head(StrictInput in) {
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
    long dataBytes = type.bytes;
    for (int dimension : shape) {
      dataBytes *= dimension;
    }
    Head head =
        new Head(
            type,
            header.descr().startsWith(">"),
            header.fortranOrder(),
            shape,
            MAGIC.length + 2 + lengthBytes + headerBytes,
            dataBytes);
    requireSize(in, head, in.size());
    in.requireLikely(dataBytes);
    return head;
  }

  private static NumericArray.Type type(String where, String descr) {
    for (NumericArray.Type type : NumericArray.Type.values()) {
      // NumPy writes '|' for single bytes, where order means nothing.
      String orders = type.bytes == 1 ? "|<>" : "<>";
      if (!descr.isEmpty()
          && orders.indexOf(descr.charAt(0)) >= 0
          && descr.substring(1).equals(type.descr.substring(1))) {
        return type;
      }
    }
    String remedy =
        descr.endsWith("O")
            ? "it holds Python objects, perhaps rows of unequal length: save a plain array,"
                + " array.astype('float32')"
            : "save array.astype('float32'), or 'int64' for class labels";
    throw new BadInputException(
        "%s has elements of type %s, expected one of %s; %s."
            .formatted(where, Shown.quoted(descr), NumericArray.Type.list(), remedy));
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
      if (dimension > StrictInput.MAX_ARRAY || dimension > MAX_BYTES / bytes) {
        throw new BadInputException(
            ("%s has shape %s of %s, more than the %d examples or numbers in one, or the %d bytes in"
                    + " all, that are read; save fewer examples or a narrower type.")
                .formatted(
                    where,
                    Shown.word(text),
                    Shown.quoted(type.descr),
                    StrictInput.MAX_ARRAY,
                    MAX_BYTES));
      }
      bytes *= dimension;
    }
    return header.shape().stream().mapToInt(Math::toIntExact).toArray();
  }
}
