package lemniscate.data;

import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * How files are read of which a name does not tell everything: config keys {@code data.files},
 * {@code data.classes}, {@code data.shape} and {@code data.labels}.
 *
 * @param files the four IDX files, relative to their folder; null for MNIST's names
 * @param classes number of classes; null for the largest label plus one
 * @param shape of an image; null for what the dimensions of the array say
 * @param labels {@code fine} or {@code coarse}, where images have both; null for fine
 */
public record DataOptions(
    @Nullable List<Path> files,
    @Nullable Integer classes,
    @Nullable ExampleShape shape,
    @Nullable String labels) {

  /** Nothing is said. */
  public static final DataOptions NONE = new DataOptions(null, null, null, null);

  /**
   * Copies the list.
   *
   * @throws BadInputException if there are other than four files
   */
  public DataOptions {
    if (files != null && files.size() != 4) {
      throw new BadInputException(
          "data.files is %s, expected four IDX files: images and labels of training, images and labels of test."
              .formatted(files));
    }
    files = files == null ? null : List.copyOf(files);
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

  /** Refuses what says nothing about a set, whose name is given. */
  void requireOnly(String set, boolean takesFiles, boolean takesArrays, boolean takesLabels) {
    refuse(set, "data.files", takesFiles ? null : files, "an idx: set");
    refuse(set, "data.classes", takesArrays ? null : classes, "an idx: or npz: set");
    refuse(set, "data.shape", takesArrays ? null : shape, "an idx: or npz: set");
    refuse(set, "data.labels", takesLabels ? null : labels, "cifar-100");
  }

  private static void refuse(String set, String key, @Nullable Object value, String where) {
    if (value != null) {
      throw new BadInputException(
          "%s is %s, but %s has no use for it; expected it with %s only: leave it out."
              .formatted(key, value, set, where));
    }
  }
}
