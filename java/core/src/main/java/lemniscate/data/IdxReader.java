package lemniscate.data;

import java.nio.file.Path;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;

/**
 * Reads images and labels in IDX format, the one of MNIST and Fashion-MNIST: big-endian header
 * (magic 0x00000803, count, rows, columns for images; magic 0x00000801, count for labels), then one
 * byte per pixel or label. Files may be plain or compressed by gzip; which one is told by their
 * first bytes, not by their name.
 *
 * <p>Everything is checked: magic, dimensions, length to the byte, labels, equal counts. Errors are
 * {@link BadInputException}s that name the file.
 */
public final class IdxReader {
  private static final long IMAGES_MAGIC = 0x803;
  private static final long LABELS_MAGIC = 0x801;
  private static final int IMAGES_HEADER_BYTES = 16;
  private static final int LABELS_HEADER_BYTES = 8;
  // Far above any IDX image known, far below what would overflow.
  private static final long MAX_SIDE = 1 << 14;

  private IdxReader() {}

  /**
   * Reads a split.
   *
   * @param name name of the split
   * @param images file of n images
   * @param labels file of n labels
   * @param classes number of classes: labels are 0..classes-1
   * @return n examples with rows x columns byte features, rows first
   * @throws BadInputException if a file is missing, damaged or not what it should be, or if the two
   *     do not belong together
   */
  public static Dataset read(String name, Path images, Path labels, int classes) {
    try (StrictInput imageInput = StrictInput.open(images);
        StrictInput labelInput = StrictInput.open(labels)) {
      return read(name, imageInput, labelInput, classes);
    }
  }

  /** Reads a split from open streams. */
  static Dataset read(String name, StrictInput images, StrictInput labels, int classes) {
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

    byte[] rawLabels = labels.exactly((int) labelCount, "labels");
    labels.expectEnd("the %d labels".formatted(labelCount));
    int[] classLabels = new int[rawLabels.length];
    for (int i = 0; i < rawLabels.length; i++) {
      classLabels[i] = rawLabels[i] & 0xff;
      if (classLabels[i] >= classes) {
        throw new BadInputException(
            ("%s: label %d of example %d is out of range, expected 0 to %d; this is not the "
                    + "label file of a set with %d classes, or it is damaged.")
                .formatted(labels.where(), classLabels[i], i, classes - 1, classes));
      }
    }
    byte[] bytes = images.exactly((int) pixels, "pixels");
    images.expectEnd("the %d images of %d x %d pixels".formatted(count, rows, columns));
    return Dataset.ofBytes(name, bytes, (int) (rows * columns), classLabels, classes)
        .asImages(new ExampleShape((int) rows, (int) columns, 1), false);
  }

  /**
   * The number of examples that the header of an image or label file states; the rest is not read.
   *
   * @throws BadInputException if the file is neither
   */
  public static int count(Path file) {
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
