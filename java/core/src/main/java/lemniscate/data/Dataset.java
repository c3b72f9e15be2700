package lemniscate.data;

import java.util.Arrays;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * A named split of examples: {@code size} rows of {@code features} numbers, bytes (images) or
 * floats, in memory or in a file, each with a class label or with {@code outputs} regression
 * targets.
 *
 * <p>Immutable as long as the arrays and files it was made from are left alone (they are not
 * copied), and safe to share between threads. Subsets share them.
 */
public final class Dataset {
  private final String name;
  private final String where;
  private final int size;
  private final int features;
  private final ExampleShape shape;
  private final int outputs;
  private final Numbers numbers;
  // Exactly one of the two is there.
  private final int @Nullable [] labels;
  private final @Nullable Numbers targets;
  private final ExampleRows rows;
  private volatile @Nullable String sha256;
  private volatile double @Nullable [] moments;

  private Dataset(
      String name,
      String where,
      ExampleRows rows,
      ExampleShape shape,
      int outputs,
      Numbers numbers,
      int @Nullable [] labels,
      @Nullable Numbers targets) {
    this.name = name;
    this.where = where;
    this.rows = rows;
    this.size = rows.size();
    this.features = shape.size();
    this.shape = shape;
    this.outputs = outputs;
    this.numbers = numbers;
    this.labels = labels;
    this.targets = targets;
  }

  /**
   * Images, or other byte features, with class labels.
   *
   * @param name name for messages and provenance
   * @param bytes n x features, row-major, each 0..255; kept, not copied
   * @param features features per example, at least 1
   * @param labels n class labels; kept, not copied
   * @param classes number of classes, at least 1
   * @throws BadInputException if there are no examples or a label lies outside 0..classes-1
   */
  public static Dataset ofBytes(
      String name, byte[] bytes, int features, int[] labels, int classes) {
    return of(name, Source.of(name), StoredNumbers.of(bytes), features, classes, labels, null);
  }

  /**
   * Byte features with regression targets.
   *
   * @param name name for messages and provenance
   * @param bytes n x features, row-major, each 0..255; kept, not copied
   * @param features features per example, at least 1
   * @param targets n x outputs, row-major; kept, not copied
   * @param outputs targets per example, at least 1
   * @throws BadInputException if there are no examples or a target is not finite
   */
  public static Dataset ofBytes(
      String name, byte[] bytes, int features, float[] targets, int outputs) {
    return of(
        name,
        Source.of(name),
        StoredNumbers.of(bytes),
        features,
        outputs,
        null,
        new HeapFloats(targets));
  }

  /**
   * Float features with class labels.
   *
   * @param name name for messages and provenance
   * @param values n x features, row-major; kept, not copied
   * @param features features per example, at least 1
   * @param labels n class labels; kept, not copied
   * @param classes number of classes, at least 1
   * @throws BadInputException if there are no examples, a feature is not finite, or a label lies
   *     outside 0..classes-1
   */
  public static Dataset ofFloats(
      String name, float[] values, int features, int[] labels, int classes) {
    return of(name, Source.of(name), new HeapFloats(values), features, classes, labels, null);
  }

  /**
   * Float features with regression targets.
   *
   * @param name name for messages and provenance
   * @param values n x features, row-major; kept, not copied
   * @param features features per example, at least 1
   * @param targets n x outputs, row-major; kept, not copied
   * @param outputs targets per example, at least 1
   * @throws BadInputException if there are no examples, or a feature or target is not finite
   */
  public static Dataset ofFloats(
      String name, float[] values, int features, float[] targets, int outputs) {
    return of(
        name,
        Source.of(name),
        new HeapFloats(values),
        features,
        outputs,
        null,
        new HeapFloats(targets));
  }

  /**
   * What messages about the contents call that from which a set was read.
   *
   * @param features file, array or folder of the features
   * @param answers file, array or column of the labels or targets
   */
  record Source(String features, String answers) {
    /** Both in one place. */
    static Source of(Object where) {
      return new Source(where.toString(), where.toString());
    }
  }

  /**
   * Numbers from anywhere.
   *
   * @param name name for messages and provenance
   * @param source where they come from
   * @param numbers n x features, row-major
   * @param features features per example, at least 1
   * @param outputs classes, or targets per example, at least 1
   * @param labels n class labels, or null
   * @param targets n x outputs, row-major, or null; exactly one of the two is given
   * @throws BadInputException as those above
   */
  static Dataset of(
      String name,
      Source source,
      Numbers numbers,
      int features,
      int outputs,
      int @Nullable [] labels,
      @Nullable Numbers targets) {
    int size = rows(name, numbers.length(), features);
    ExampleShape shape = ExampleShape.flat(features);
    ExampleRows rows = ExampleRows.all(size);
    return new Dataset(name, source.features(), rows, shape, outputs, numbers, labels, targets)
        .checked(source);
  }

  /**
   * The same examples as images.
   *
   * @param image height, width and channels, of {@link #features()} numbers together, the channels
   *     of a pixel side by side
   * @throws IllegalArgumentException if the extents do not give the number of features
   */
  public Dataset asImages(ExampleShape image) {
    if (image.size() != features) {
      throw new IllegalArgumentException(
          name + ": images of " + image + " do not have " + features + " numbers");
    }
    return new Dataset(name, where, rows, image, outputs, numbers, labels, targets);
  }

  private static int rows(String name, long length, int features) {
    if (features < 1 || length % features != 0) {
      throw new IllegalArgumentException(
          name + ": " + length + " numbers do not divide into rows of " + features);
    }
    return Math.toIntExact(length / features);
  }

  private Dataset checked(Source source) {
    if (size == 0) {
      throw new BadInputException(
          source.features()
              + " holds no examples, expected at least 1; give a data set that is not empty.");
    }
    long targetCount = labels != null ? labels.length : targets().length();
    long expected = labels != null ? size : (long) size * outputs;
    if (outputs < 1 || targetCount != expected) {
      throw new IllegalArgumentException(
          name + ": " + targetCount + " labels or targets, expected " + expected);
    }
    if (labels != null) {
      for (int i = 0; i < size; i++) {
        if (labels[i] < 0 || labels[i] >= outputs) {
          throw new BadInputException(
              ("%s: label %d of example %d is out of range, expected 0 to %d; check that "
                      + "images and labels belong together and that the file is intact.")
                  .formatted(source.answers(), labels[i], i, outputs - 1));
        }
      }
    } else {
      ExampleContents.requireFinite(source.answers(), targets(), "target", outputs);
    }
    ExampleContents.requireFinite(source.features(), numbers, "feature", features);
    return this;
  }

  /** The name for messages and provenance, such as {@code mnist/train}. */
  public String name() {
    return name;
  }

  /** What messages call the features: the file they were read from, or the name. */
  String where() {
    return where;
  }

  /** The number of examples, at least 1. */
  public int size() {
    return size;
  }

  /** The number of features per example: 784 for a 28 x 28 image. */
  public int features() {
    return features;
  }

  /** The shape of an example: (28, 28, 1) for images of MNIST, flat where there are no places. */
  public ExampleShape shape() {
    return shape;
  }

  /** The number of classes, or of regression targets per example. */
  public int outputs() {
    return outputs;
  }

  /** True for class labels, false for regression targets. */
  public boolean classification() {
    return labels != null;
  }

  /** True if the features are bytes 0..255, as images are; false if they are floats. */
  public boolean byteFeatures() {
    return numbers.bytes();
  }

  /**
   * The class label of an example.
   *
   * @throws IllegalStateException for a regression set
   */
  public int label(int index) {
    if (labels == null) {
      throw new IllegalStateException(name + " is a regression set and has no class labels");
    }
    return labels[row(index)];
  }

  /**
   * Writes the normalised features of one example.
   *
   * @param index example, 0..size-1
   * @param normalization what is done to each feature
   * @param dst receives {@code features()} numbers
   * @param offset index of the first one in {@code dst}
   */
  public void copyFeatures(int index, Normalization normalization, float[] dst, int offset) {
    numbers.read((long) row(index) * features, features, normalization, dst, offset);
  }

  /**
   * Writes the normalised features of an image of which a piece of its own size is taken that lies
   * {@code down} pixels lower and {@code right} pixels further right; outside, raw values are 0.
   *
   * @param index example, 0..size-1
   * @param normalization what is done to each feature
   * @param mirrored whether left and right change places afterwards
   * @param image scratch for {@code features()} numbers
   * @param dst receives {@code features()} numbers
   * @param offset index of the first one in {@code dst}
   */
  void copyCrop(
      int index,
      Normalization normalization,
      int down,
      int right,
      boolean mirrored,
      float[] image,
      float[] dst,
      int offset) {
    copyFeatures(index, normalization, image, 0);
    int height = shape.height();
    int width = shape.width();
    int channels = shape.channels();
    float outside = numbers.bytes() ? normalization.byteTable()[0] : normalization.apply(0f);
    int to = offset;
    for (int y = down; y < height + down; y++) {
      for (int column = 0; column < width; column++) {
        int x = (mirrored ? width - 1 - column : column) + right;
        boolean inside = y >= 0 && y < height && x >= 0 && x < width;
        int pixel = (y * width + x) * channels;
        for (int c = 0; c < channels; c++, to++) {
          dst[to] = inside ? image[pixel + c] : outside;
        }
      }
    }
  }

  /**
   * Writes the target of one example: one-hot for classification, the targets themselves for
   * regression.
   *
   * @param index example, 0..size-1
   * @param dst receives {@code outputs()} numbers
   * @param offset index of the first one in {@code dst}
   */
  public void copyTarget(int index, float[] dst, int offset) {
    int row = row(index);
    if (labels != null) {
      Arrays.fill(dst, offset, offset + outputs, 0f);
      dst[offset + labels[row]] = 1f;
    } else {
      targets().read((long) row * outputs, outputs, Normalization.none(), dst, offset);
    }
  }

  /**
   * Writes {@code count} examples in stored order, as evaluation wants them.
   *
   * @param first first example
   * @param count how many, so that {@code first + count <= size()}
   * @param normalization what is done to each feature
   * @param featuresDst receives count x features, row-major
   * @param targetsDst receives count x outputs, row-major
   */
  public void copyRange(
      int first, int count, Normalization normalization, float[] featuresDst, float[] targetsDst) {
    for (int k = 0; k < count; k++) {
      copyFeatures(first + k, normalization, featuresDst, k * features);
      copyTarget(first + k, targetsDst, k * outputs);
    }
  }

  /**
   * The first {@code count} examples, sharing the arrays of this set; the same classes, whether or
   * not each still has an example.
   *
   * @throws BadInputException unless 1 &lt;= count &lt;= size
   */
  public Dataset subset(int count) {
    requireSome(count);
    return count == size ? this : with(name, rows.first(count));
  }

  private void requireSome(int count) {
    if (count < 1 || count > size) {
      throw new BadInputException(
          "%d examples of %s were asked for, which has %d; ask for 1 to %d."
              .formatted(count, name, size, size));
    }
  }

  /**
   * The last {@code count} examples, sharing the arrays of this set; the same classes, whether or
   * not each has an example.
   *
   * @throws BadInputException unless 1 &lt;= count &lt;= size
   */
  public Dataset last(int count) {
    requireSome(count);
    return count == size ? this : with(name, rows.last(count));
  }

  /** The same examples under another name. */
  Dataset named(String newName) {
    return with(newName, rows);
  }

  /**
   * Some examples under another name, sharing the arrays of this set.
   *
   * @param newName name for messages and provenance
   * @param examples which, in what order; at least one
   */
  Dataset select(String newName, int[] examples) {
    for (int example : examples) {
      requireExample(example);
    }
    return with(newName, rows.select(examples));
  }

  private Dataset with(String newName, ExampleRows other) {
    return new Dataset(newName, where, other, shape, outputs, numbers, labels, targets);
  }

  /**
   * Refuses examples in a file that was written to or cut since it was opened.
   *
   * @throws BadInputException if it was
   */
  void requireUnchanged() {
    numbers.requireUnchanged();
    if (targets != null) {
      targets.requireUnchanged();
    }
  }

  /**
   * SHA-256 of the contents (not of the name), 64 hexadecimal digits, for provenance. It covers, as
   * 32-bit little-endian integers, [byte features? 1 : 0, classification? 1 : 0, size, features,
   * outputs], then the features (bytes, or 32-bit little-endian floats), then labels (32-bit
   * integers) or targets (floats). Worked out at the first call and kept.
   */
  public String sha256() {
    String known = sha256;
    if (known == null) {
      known = contents().sha256();
      sha256 = known;
    }
    return known;
  }

  /**
   * {mean, population standard deviation} over all features of all examples; of byte/255 for bytes.
   * Worked out once: many runs may share the data.
   */
  double[] meanAndDeviation() {
    double[] known = moments;
    if (known == null) {
      known = contents().meanAndDeviation();
      moments = known;
    }
    return known.clone();
  }

  private ExampleContents contents() {
    return new ExampleContents(rows, numbers, features, labels, targets, outputs);
  }

  private Numbers targets() {
    if (targets == null) {
      throw new IllegalStateException(name + " has class labels");
    }
    return targets;
  }

  /** The row of an example. */
  private int row(int index) {
    requireExample(index);
    return rows.of(index);
  }

  // Against the size of a subset, which is smaller than the arrays.
  private void requireExample(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(
          "example " + index + " of " + name + ", which has " + size);
    }
  }

  @Override
  public String toString() {
    return "%s: %d examples, %d features, %d %s"
        .formatted(name, size, features, outputs, classification() ? "classes" : "targets");
  }
}
