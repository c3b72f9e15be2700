package lemniscate.data;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Makes the two splits of a set of four arrays, whatever the format they were stored in.
 *
 * <ul>
 *   <li>x: [n, height, width] or [n, height, width, channels] are images, [n, ...] else features.
 *   <li>y: integers, [n] or [n, 1], are class labels from 0; floats, [n] or [n, d], are regression
 *       targets.
 * </ul>
 */
final class ArraySplits {
  /** What the arrays are called: inputs and targets of training, inputs and targets of test. */
  static final List<String> NAMES = List.of("x_train", "y_train", "x_test", "y_test");

  // A one-hot row of more classes than this would not be trained on; such labels are wrong ones.
  private static final int MAX_CLASSES = 1 << 16;

  private ArraySplits() {}

  /**
   * Makes the splits.
   *
   * @param name name of the set
   * @param options number of classes and shape of the images, where they are stated
   * @param source gives an array by its name of {@link #NAMES}; asked once for each, and for the
   *     short ones first
   * @throws BadInputException if arrays are not as described above, or do not belong together
   */
  static DataSplits of(String name, DataOptions options, Function<String, NumericArray> source) {
    NumericArray yTrain = source.apply("y_train");
    NumericArray yTest = source.apply("y_test");
    if (yTrain.type().floating() != yTest.type().floating()) {
      throw new BadInputException(
          ("%s is %s but %s is %s, expected class labels (integers) in both or regression targets"
                  + " (floats) in both.")
              .formatted(yTrain.where(), yTrain.type().descr, yTest.where(), yTest.type().descr));
    }
    if (yTrain.type().floating()) {
      requireNoClasses(yTrain, options);
      return new DataSplits(
          name,
          regression(name + "/train", source.apply("x_train"), yTrain, options.shape()),
          regression(name + "/test", source.apply("x_test"), yTest, options.shape()));
    }
    int[] trainLabels = labels(yTrain, options.classes());
    int[] testLabels = labels(yTest, options.classes());
    int classes =
        options.classes() != null
            ? options.classes()
            : 1 + Math.max(largest(trainLabels), largest(testLabels));
    return new DataSplits(
        name,
        classification(
            name + "/train",
            source.apply("x_train"),
            yTrain,
            trainLabels,
            classes,
            options.shape()),
        classification(
            name + "/test", source.apply("x_test"), yTest, testLabels, classes, options.shape()));
  }

  /**
   * Makes the splits of one pair of arrays.
   *
   * @param name name of the set
   * @param options number of classes and shape of the images, where they are stated, and how to
   *     split
   * @param x inputs
   * @param y labels or targets
   * @throws BadInputException if arrays are not as described above, or do not belong together
   */
  static DataSplits split(String name, DataOptions options, NumericArray x, NumericArray y) {
    Dataset whole;
    if (y.type().floating()) {
      requireNoClasses(y, options);
      whole = regression(name, x, y, options.shape());
    } else {
      int[] labels = labels(y, options.classes());
      int classes = options.classes() != null ? options.classes() : 1 + largest(labels);
      whole = classification(name, x, y, labels, classes, options.shape());
    }
    return TestSplit.of(name, whole, options.split(), List.of(), List.of());
  }

  private static void requireNoClasses(NumericArray y, DataOptions options) {
    if (options.classes() != null) {
      throw new BadInputException(
          "data.classes is %d, but %s holds regression targets (%s); leave it out, or store class labels as integers."
              .formatted(options.classes(), y.where(), y.type().descr));
    }
  }

  private static int largest(int[] labels) {
    return Arrays.stream(labels).max().orElseThrow();
  }

  private static int[] labels(NumericArray y, @Nullable Integer classes) {
    if (y.rowLength() != 1) {
      throw new BadInputException(
          ("%s has shape %s of integers, expected one class label per example, (n,); save "
                  + "the labels (argmax of one-hot rows), or float32 for regression.")
              .formatted(y.where(), y.shapeText()));
    }
    return y.labels(classes == null ? MAX_CLASSES : classes);
  }

  private static Dataset classification(
      String name,
      NumericArray x,
      NumericArray y,
      int[] labels,
      int classes,
      @Nullable ExampleShape stated) {
    sameRows(x, y);
    ExampleShape shape = shape(x, stated);
    return Dataset.of(name, source(x, y), x.numbers(), x.rowLength(), classes, labels, null)
        .asImages(shape);
  }

  private static Dataset regression(
      String name, NumericArray x, NumericArray y, @Nullable ExampleShape stated) {
    sameRows(x, y);
    ExampleShape shape = shape(x, stated);
    return Dataset.of(
            name, source(x, y), x.numbers(), x.rowLength(), y.rowLength(), null, y.numbers())
        .asImages(shape);
  }

  private static Dataset.Source source(NumericArray x, NumericArray y) {
    return new Dataset.Source(x.where(), y.where());
  }

  private static void sameRows(NumericArray x, NumericArray y) {
    if (x.rows() != y.rows()) {
      throw new BadInputException(
          ("%s has %d rows but %s has %d, expected one target per example; save arrays of "
                  + "equal length.")
              .formatted(x.where(), x.rows(), y.where(), y.rows()));
    }
  }

  private static ExampleShape shape(NumericArray x, @Nullable ExampleShape stated) {
    int[] extents = x.shape();
    boolean images = extents.length == 3 || extents.length == 4;
    if (extents.length == 4) {
      requireChannelsLast(x, extents);
    }
    ExampleShape own =
        images
            ? new ExampleShape(extents[1], extents[2], extents.length == 3 ? 1 : extents[3])
            : ExampleShape.flat(x.rowLength());
    if (stated == null) {
      return own;
    }
    if (stated.size() != x.rowLength() || images && !stated.equals(own)) {
      throw new BadInputException(
          "data.shape is %s, but %s has shape %s, whose examples are %s; correct it, or leave it out."
              .formatted(stated, x.where(), x.shapeText(), own));
    }
    return stated;
  }

  private static void requireChannelsLast(NumericArray x, int[] extents) {
    if (DataOptions.hasChannelsFirst(extents[1], extents[2], extents[3])) {
      throw new BadInputException(
          ("%s has shape %s, which is images with the channels first; expected (n, height, width,"
                  + " channels). Save x.transpose(0, 2, 3, 1).")
              .formatted(x.where(), x.shapeText()));
    }
  }

  /**
   * Makes a set of one pair of arrays that is only to be answered.
   *
   * @param name name of the set
   * @param options shape of the images, where it is stated
   * @param x inputs
   * @param y labels or targets; null where they are not known
   * @param outputs of the network that answers: the number of classes, where y holds labels
   * @throws BadInputException if arrays are not as described above, or do not belong together
   */
  static TestSet test(
      String name, DataOptions options, NumericArray x, @Nullable NumericArray y, int outputs) {
    if (y == null) {
      return TestSet.unanswered(name, x.where(), x.numbers(), shape(x, options.shape()));
    }
    int classes = options.classes() == null ? outputs : options.classes();
    return TestSet.answered(
        y.type().floating()
            ? regression(name, x, y, options.shape())
            : classification(name, x, y, labels(y, classes), classes, options.shape()));
  }
}
