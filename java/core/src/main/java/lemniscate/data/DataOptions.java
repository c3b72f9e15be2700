package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * How files are read of which a name does not tell everything: config keys {@code data.files},
 * {@code data.classes}, {@code data.shape}, {@code data.labels}, and those of {@link SplitOptions}
 * and {@link TableOptions}.
 *
 * @param files the files of arrays, relative to their folder; null for the usual names
 * @param classes number of classes; null for the largest label plus one
 * @param shape of an image; null for what the dimensions of the array say
 * @param labels {@code fine} or {@code coarse}, where images have both; null for fine
 * @param split where test examples come from
 * @param table what the columns of a table mean
 */
public record DataOptions(
    @Nullable List<Path> files,
    @Nullable Integer classes,
    @Nullable ExampleShape shape,
    @Nullable String labels,
    SplitOptions split,
    TableOptions table) {

  /** Nothing is said. */
  public static final DataOptions NONE = new DataOptions(null, null, null, null);

  /**
   * Copies the list.
   *
   * @throws BadInputException if there are other than four files, or two of a set that is split
   */
  public DataOptions {
    int expected = split.testFraction() == null ? 4 : 2;
    if (files != null && files.size() != expected) {
      throw new BadInputException(
          expected == 4
              ? "data.files is %s, expected four files: images and labels of training, images and labels of test."
                  .formatted(files)
              : "data.files is %s, expected two files, images and labels, because data.testFraction splits them; leave out those of test, or data.testFraction."
                  .formatted(files));
    }
    files = files == null ? null : List.copyOf(files);
  }

  /** Options of arrays that are split already. */
  public DataOptions(
      @Nullable List<Path> files,
      @Nullable Integer classes,
      @Nullable ExampleShape shape,
      @Nullable String labels) {
    this(files, classes, shape, labels, SplitOptions.NONE, TableOptions.NONE);
  }

  /**
   * The shape that {@code data.shape} states: height, width and channels, these 1 if left out.
   *
   * @throws BadInputException if there are other than two or three numbers, or too large ones, or
   *     the channels come first
   */
  public static ExampleShape shape(List<Integer> extents) {
    if (extents.size() == 3 && hasChannelsFirst(extents.get(0), extents.get(1), extents.get(2))) {
      throw new BadInputException(
          "data.shape is %s, which is an image with the channels first; expected height, width and channels. Store the rows in that order (of images: x.transpose(0, 2, 3, 1)), and state it so."
              .formatted(extents));
    }
    if (extents.size() == 2 || extents.size() == 3) {
      try {
        return new ExampleShape(
            extents.get(0), extents.get(1), extents.size() == 2 ? 1 : extents.get(2));
      } catch (ArithmeticException e) {
        throw new BadInputException(
            "data.shape is %s, more than fit in memory; give the size of one image."
                .formatted(extents),
            e);
      }
    }
    throw new BadInputException(
        "data.shape is %s, expected height, width and channels of an image, such as [28, 28, 1]."
            .formatted(extents));
  }

  /** A square with one or three rows of more channels than that is an image with channels first. */
  static boolean hasChannelsFirst(int first, int second, int third) {
    return (first == 1 || first == 3) && second == third && second > first;
  }

  /** Whether labels are the coarse ones. */
  boolean coarse() {
    return "coarse".equals(labels);
  }

  /** Kinds of sets, each of which has a use for some of the options. */
  enum Kind {
    /** A set of the catalogue. */
    KNOWN,
    /** CIFAR-100. */
    TWO_LABELS,
    /** {@code idx:}. */
    IDX,
    /** {@code npz:}. */
    NPZ,
    /** {@code npy:}. */
    NPY,
    /** A table. */
    TABLE,
    /** A folder of images. */
    IMAGES
  }

  /** Refuses what says nothing about a set, whose name is given. */
  void requireOnly(String set, Kind kind) {
    refuse(set, kind, "data.files", files, "an idx: or npy: set", Kind.IDX, Kind.NPY);
    refuse(
        set,
        kind,
        "data.classes",
        classes,
        "an idx:, npz: or npy: set",
        Kind.IDX,
        Kind.NPZ,
        Kind.NPY);
    refuse(
        set,
        kind,
        "data.shape",
        shape,
        "an idx:, npz: or npy: set or a table",
        Kind.IDX,
        Kind.NPZ,
        Kind.NPY,
        Kind.TABLE);
    refuse(set, kind, "data.labels", labels, "cifar-100", Kind.TWO_LABELS);
    refuse(
        set,
        kind,
        "data.testFraction",
        split.testFraction(),
        "files of your own that have no test examples (not idx:)",
        Kind.NPZ,
        Kind.NPY,
        Kind.TABLE,
        Kind.IMAGES);
    String tables = "a table (CSV, TSV)";
    refuse(set, kind, "data.testFile", split.testFile(), tables, Kind.TABLE);
    refuse(set, kind, "data.label", table.label(), tables, Kind.TABLE);
    refuse(
        set, kind, "data.drop", table.drop().isEmpty() ? null : table.drop(), tables, Kind.TABLE);
    refuse(set, kind, "data.header", table.header(), tables, Kind.TABLE);
    refuse(set, kind, "data.task", table.task(), tables, Kind.TABLE);
  }

  private static void refuse(
      String set, Kind kind, String key, @Nullable Object value, String where, Kind... takes) {
    if (value != null && !List.of(takes).contains(kind)) {
      throw new BadInputException(
          "%s is %s, but %s has no use for it; expected it with %s only: leave it out."
              .formatted(key, value, set, where));
    }
  }
}
