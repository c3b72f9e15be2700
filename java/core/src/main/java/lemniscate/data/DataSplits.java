package lemniscate.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import lemniscate.config.BadInputException;

/**
 * The training and the test split of a data set.
 *
 * @param name name of the set, such as {@code mnist}
 * @param train the split that is trained on
 * @param test the split that is only evaluated
 * @param classNames what the files call the classes 0, 1, …; empty where they have numbers alone
 * @param notes what was told by looking at the files, to be said once
 */
public record DataSplits(
    String name, Dataset train, Dataset test, List<String> classNames, List<String> notes) {
  /**
   * Checks that the splits belong together.
   *
   * @throws BadInputException if they differ in the shape of examples, outputs or kind
   */
  public DataSplits {
    classNames = List.copyOf(classNames);
    notes = List.copyOf(notes);
    if (!train.shape().equals(test.shape())
        || train.outputs() != test.outputs()
        || train.classification() != test.classification()
        || train.byteFeatures() != test.byteFeatures()) {
      throw new BadInputException(
          ("%s: the splits do not belong together: train has %s (%s), test has %s (%s); expected the "
                  + "same features and the same targets in both.")
              .formatted(name, describe(train), train.where(), describe(test), test.where()));
    }
  }

  /** Splits whose classes are numbers, of which nothing is to be said. */
  public DataSplits(String name, Dataset train, Dataset test) {
    this(name, train, test, List.of(), List.of());
  }

  /** The same set with other examples. */
  DataSplits with(Dataset newTrain, Dataset newTest) {
    return new DataSplits(name, newTrain, newTest, classNames, notes);
  }

  /**
   * Splits for choosing hyper-parameters: the last training examples, in stored order, take the
   * place of the test examples, which are left out altogether.
   *
   * @param count examples to validate on
   * @throws BadInputException unless 1 &lt;= count &lt; training examples
   */
  public DataSplits validating(int count) {
    if (count < 1 || count >= train.size()) {
      throw new BadInputException(
          "data.validation is %d, but %s has %d training examples; hold back 1 to %d of them."
              .formatted(count, name, train.size(), train.size() - 1));
    }
    return with(train.subset(train.size() - count), train.last(count));
  }

  private static String describe(Dataset split) {
    return "%s %s features and %d %s"
        .formatted(
            split.shape(),
            split.byteFeatures() ? "byte" : "float",
            split.outputs(),
            split.classification() ? "classes" : "regression targets");
  }

  /** SHA-256 over the hexadecimal hashes of train and test, one after the other, for provenance. */
  public String sha256() {
    byte[] both = (train.sha256() + test.sha256()).getBytes(StandardCharsets.US_ASCII);
    try {
      return ContentHash.of(new ByteArrayInputStream(both));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
