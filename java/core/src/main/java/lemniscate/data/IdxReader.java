package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.config.HeapRoom;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Reads IDX files, the format of MNIST and those after it: a magic number that states element type
 * and number of dimensions, the dimensions, then the elements, all big-endian. Images of bytes
 * start with 0x00000803, count, rows and columns; labels of bytes with 0x00000801 and count. Files
 * may be plain or compressed by gzip; which one is told by their first bytes, not by their name.
 *
 * <p>Everything is checked: magic, dimensions, length to the byte, labels, equal counts. Errors are
 * {@link BadInputException}s that name the file.
 */
final class IdxReader {
  private static final long IMAGES_MAGIC = 0x803;
  private static final long LABELS_MAGIC = 0x801;
  private static final int IMAGES_HEADER_BYTES = 16;
  private static final int LABELS_HEADER_BYTES = 8;
  // Far above any IDX image known, far below what would overflow.
  private static final long MAX_SIDE = 1 << 14;

  /** Count, height, width, channels. */
  private static final int MAX_DIMENSIONS = 4;

  private IdxReader() {}

  /**
   * Reads a split of bytes.
   *
   * @param name name of the split
   * @param images file of n images
   * @param labels file of n labels
   * @param layout number of classes, first label, and how images are stored
   * @return n examples with rows x columns byte features, rows first
   * @throws BadInputException if a file is missing, damaged or not what it should be, or if the two
   *     do not belong together
   */
  static Dataset read(String name, Path images, Path labels, IdxLayout layout) {
    try (StrictInput imageInput = StrictInput.open(images);
        StrictInput labelInput = StrictInput.open(labels)) {
      return read(name, imageInput, labelInput, layout);
    }
  }

  /** Reads a split from open streams. */
  static Dataset read(String name, StrictInput images, StrictInput labels, IdxLayout layout) {
    // Both headers first: a mismatch is told before the long part is read.
    magic(images, IMAGES_MAGIC, "images");
    long count = count(images, "images");
    long rows = side(images, "rows");
    long columns = side(images, "columns");
    long pixels = product(images, count, rows, columns);
    magic(labels, LABELS_MAGIC, "labels");
    long labelCount = count(labels, "labels");
    if (count != labelCount) {
      throw new BadInputException(
          ("%s holds %d images but %s holds %d labels, expected the same number; use two "
                  + "files of the same split.")
              .formatted(images.where(), count, labels.where(), labelCount));
    }
    expectSize(images, IMAGES_HEADER_BYTES, pixels);
    expectSize(labels, LABELS_HEADER_BYTES, labelCount);

    images.requireLikely(pixels);
    HeapRoom.require(
        images.where(), layout.transposed() ? 2 * pixels : pixels, "a file of fewer examples");
    byte[] rawLabels = labels.exactly((int) labelCount, "labels");
    labels.expectEnd("the %d labels".formatted(labelCount));
    int[] classLabels = new int[rawLabels.length];
    for (int i = 0; i < rawLabels.length; i++) {
      classLabels[i] = (rawLabels[i] & 0xff) - layout.firstLabel();
      if (classLabels[i] < 0 || classLabels[i] >= layout.classes()) {
        throw new BadInputException(
            ("%s: label %d of example %d is out of range, expected %d to %d; this is not the "
                    + "label file of a set with %d classes, or it is damaged.")
                .formatted(
                    labels.where(),
                    rawLabels[i] & 0xff,
                    i,
                    layout.firstLabel(),
                    layout.firstLabel() + layout.classes() - 1,
                    layout.classes()));
      }
    }
    byte[] bytes = images.exactly((int) pixels, "pixels");
    images.expectEnd("the %d images of %d x %d pixels".formatted(count, rows, columns));
    boolean turned = layout.transposed();
    ExampleShape image =
        new ExampleShape((int) (turned ? columns : rows), (int) (turned ? rows : columns), 1);
    return Dataset.of(
            name,
            new Dataset.Source(images.where(), labels.where()),
            StoredNumbers.of(turned ? upright(bytes, (int) rows, (int) columns) : bytes),
            image.size(),
            layout.classes(),
            classLabels,
            null)
        .asImages(image);
  }

  /** Images that are stored column by column, row by row. */
  private static byte[] upright(byte[] stored, int rows, int columns) {
    byte[] images = new byte[stored.length];
    for (int first = 0; first < stored.length; first += rows * columns) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          images[first + j * rows + i] = stored[first + i * columns + j];
        }
      }
    }
    return images;
  }

  /**
   * Reads a file of any element type and up to {@link #MAX_DIMENSIONS} dimensions.
   *
   * @throws BadInputException if it is no such file, or damaged
   */
  static NumericArray array(Path file) {
    try (StrictInput in = StrictInput.open(file)) {
      return array(file, in);
    }
  }

  private static NumericArray array(Path file, StrictInput in) {
    long magic = in.unsignedInt("IDX magic number");
    NumericArray.Type type = magic >>> 16 == 0 ? type((int) (magic >>> 8)) : null;
    int dimensions = (int) (magic & 0xff);
    if (type == null || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw wrongMagic(
          in,
          magic,
          ("of 1 to %d dimensions (0x0000TTDD with TT 08 for uint8, 09 int8, 0b int16, 0c int32,"
                  + " 0d float32, 0e float64)")
              .formatted(MAX_DIMENSIONS));
    }
    int[] shape = new int[dimensions];
    long bytes = type.bytes;
    for (int d = 0; d < dimensions; d++) {
      long extent = in.unsignedInt("IDX header");
      // Divided, not multiplied: a lying header may overflow.
      if (extent < 1 || extent > StrictInput.MAX_ARRAY / bytes) {
        throw new BadInputException(
            ("%s: its header promises an extent of %d in dimension %d of %d, expected at least 1"
                    + " and at most %d bytes in all; the file is damaged, or must be split.")
                .formatted(in.where(), extent, d + 1, dimensions, StrictInput.MAX_ARRAY));
      }
      shape[d] = (int) extent;
      bytes *= extent;
    }
    int header = Integer.BYTES * (1 + dimensions);
    expectSize(in, header, bytes);
    in.requireLikely(bytes);
    if (!in.compressed() && bytes >= FileBytes.WORTH_LEAVING) {
      FileBytes elements = FileBytes.of(file, header, bytes);
      return new NumericArray(in.where(), shape, StoredNumbers.of(elements, type, true));
    }
    try (Spool spool = new Spool(in.where(), bytes)) {
      in.exactly(bytes, "elements", spool);
      in.expectEnd("the elements");
      return new NumericArray(in.where(), shape, spool.finish(type, true));
    }
  }

  private static NumericArray.@Nullable Type type(int code) {
    return switch (code) {
      case 0x08 -> NumericArray.Type.UINT8;
      case 0x09 -> NumericArray.Type.INT8;
      case 0x0b -> NumericArray.Type.INT16;
      case 0x0c -> NumericArray.Type.INT32;
      case 0x0d -> NumericArray.Type.FLOAT32;
      case 0x0e -> NumericArray.Type.FLOAT64;
      default -> null;
    };
  }

  /**
   * Reads both splits from files of any name and element type.
   *
   * @param name name of the set
   * @param files images and labels of training, images and labels of test
   * @param options number of classes and shape of the images, where they are stated
   * @throws BadInputException if a file is damaged, or they do not belong together
   */
  static DataSplits readSplits(String name, List<Path> files, DataOptions options) {
    return ArraySplits.of(
        name, options, array -> array(files.get(ArraySplits.NAMES.indexOf(array))));
  }

  /**
   * The number of examples that the header of an image or label file states; the rest is not read.
   *
   * @throws BadInputException if the file is neither
   */
  static int count(Path file) {
    try (StrictInput in = StrictInput.open(file)) {
      long magic = in.unsignedInt("IDX magic number");
      if (magic != IMAGES_MAGIC && magic != LABELS_MAGIC) {
        throw wrongMagic(in, magic, "0x00000803 (images) or 0x00000801 (labels)");
      }
      return (int) count(in, "examples");
    }
  }

  private static void magic(StrictInput in, long expected, String what) {
    long magic = in.unsignedInt("IDX magic number");
    if (magic != expected) {
      throw wrongMagic(in, magic, "0x%08x (%s)".formatted(expected, what));
    }
  }

  private static BadInputException wrongMagic(StrictInput in, long magic, String expected) {
    int first = (int) (magic >>> 24);
    String found =
        first == '<'
            ? "it looks like a web page, probably an error page saved in place of the file; fetch"
                + " it again"
            : magic == IMAGES_MAGIC
                ? "it is a file of images; the two files seem to be swapped"
                : magic == LABELS_MAGIC
                    ? "it is a file of labels; the two files seem to be swapped"
                    : in.where().endsWith(".gz") && !in.compressed()
                        ? "it is called .gz but is neither gzip (0x1f8b) nor IDX; fetch it again"
                        : "it is not such an IDX file; fetch it again or name another";
    return new BadInputException(
        "%s starts with 0x%08x, expected the IDX magic number %s: %s."
            .formatted(in.where(), magic, expected, found));
  }

  private static long count(StrictInput in, String what) {
    long count = in.unsignedInt("IDX header");
    if (count < 1 || count > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          ("%s: its header promises %d %s, expected 1 to %d; the file is damaged or empty: "
                  + "fetch it again.")
              .formatted(in.where(), count, what, StrictInput.MAX_ARRAY));
    }
    return count;
  }

  private static long side(StrictInput in, String what) {
    long side = in.unsignedInt("IDX header");
    if (side < 1 || side > MAX_SIDE) {
      throw new BadInputException(
          ("%s: its header promises images of %d %s, expected 1 to %d; the file is damaged: "
                  + "fetch it again.")
              .formatted(in.where(), side, what, MAX_SIDE));
    }
    return side;
  }

  private static long product(StrictInput in, long count, long rows, long columns) {
    // At most 2^31 * 2^14 * 2^14 = 2^59: no overflow.
    long pixels = count * rows * columns;
    if (pixels > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          ("%s: its header promises %d images of %d x %d, that is %d bytes, more than the "
                  + "%d that fit in memory as one array; the file is damaged, or must be split.")
              .formatted(in.where(), count, rows, columns, pixels, StrictInput.MAX_ARRAY));
    }
    return pixels;
  }

  private static void expectSize(StrictInput in, int header, long payload) {
    if (in.size() != StrictInput.UNKNOWN_SIZE && in.size() != header + payload) {
      throw new BadInputException(
          ("%s has %d bytes, but its header promises %d; the file is incomplete or damaged: "
                  + "fetch it again.")
              .formatted(in.where(), in.size(), header + payload));
    }
  }
}
