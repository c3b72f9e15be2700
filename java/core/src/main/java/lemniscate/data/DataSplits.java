package lemniscate.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import lemniscate.config.BadInputException;

/**
 * The training and the test split of a data set.
 *
 * @param name name of the set, such as {@code mnist}
 * @param train the split that is trained on
 * @param test the split that is only evaluated
 */
public record DataSplits(String name, Dataset train, Dataset test) {
  /**
   * Checks that the splits belong together.
   *
   * @throws BadInputException if they differ in features, outputs or kind
   */
  public DataSplits {
    if (train.features() != test.features()
        || train.outputs() != test.outputs()
        || train.classification() != test.classification()
        || train.byteFeatures() != test.byteFeatures()) {
      throw new BadInputException(
          ("%s: the splits do not belong together: train has %s, test has %s; expected the "
                  + "same features and the same targets in both.")
              .formatted(name, describe(train), describe(test)));
    }
  }

  private static String describe(Dataset split) {
    return "%d %s features and %d %s"
        .formatted(
            split.features(),
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
