package lemniscate.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Reads CIFAR-10 in its binary layout: five training files and a test file of records of 3073
 * bytes, the label and then 1024 red, 1024 green and 1024 blue bytes, each a 32 x 32 plane, rows
 * first. Features keep that order (channel, row, column).
 *
 * <p>The official files have 10,000 records each. Files with fewer or more are accepted if they
 * hold whole records, so that a part of the set can be used.
 */
public final class Cifar10Reader {
  /** Features per example: 3 channels of 32 x 32. */
  public static final int FEATURES = 3 * 32 * 32;

  private static final ExampleShape IMAGE = new ExampleShape(32, 32, 3);

  /** Classes: airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck. */
  public static final int CLASSES = 10;

  static final int RECORD_BYTES = 1 + FEATURES;
  static final List<String> TRAIN_FILES =
      List.of(
          "data_batch_1.bin",
          "data_batch_2.bin",
          "data_batch_3.bin",
          "data_batch_4.bin",
          "data_batch_5.bin");
  static final String TEST_FILE = "test_batch.bin";

  /** The folder inside the official archive. */
  static final String ARCHIVE_FOLDER = "cifar-10-batches-bin";

  private Cifar10Reader() {}

  /**
   * Reads both splits.
   *
   * @param name name of the set
   * @param folder folder with the six files, or with a subfolder {@code cifar-10-batches-bin} that
   *     has them
   * @return splits with {@link #FEATURES} byte features and {@link #CLASSES} classes
   * @throws BadInputException if files are missing (all are listed), have a wrong length or hold a
   *     label above 9
   */
  public static DataSplits read(String name, Path folder) {
    Path found = locate(folder);
    if (found == null) {
      throw new BadInputException(
          ("%s lacks %s; expected the six files of the CIFAR-10 binary version there or in "
                  + "its subfolder %s.")
              .formatted(folder, String.join(", ", missing(folder)), ARCHIVE_FOLDER));
    }
    List<Path> trainFiles = TRAIN_FILES.stream().map(found::resolve).toList();
    Dataset train = read(name + "/train", trainFiles);
    return new DataSplits(name, train, read(name + "/test", List.of(found.resolve(TEST_FILE))));
  }

  /** The folder that has all six files: the given one or its subfolder; null if neither has. */
  static @Nullable Path locate(Path folder) {
    for (Path candidate : List.of(folder, folder.resolve(ARCHIVE_FOLDER))) {
      if (missing(candidate).isEmpty()) {
        return candidate;
      }
    }
    return null;
  }

  /** Those of the six files that a folder lacks. */
  static List<String> missing(Path folder) {
    List<String> missing = new ArrayList<>(TRAIN_FILES);
    missing.add(TEST_FILE);
    missing.removeIf(file -> Files.isRegularFile(folder.resolve(file)));
    return missing;
  }

  /** The number of records of a file, from its length. */
  static int count(Path file) {
    long bytes;
    try {
      bytes = Files.size(file);
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check its permissions and the file system.", e);
    }
    if (bytes == 0 || bytes % RECORD_BYTES != 0 || bytes > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          ("%s has %d bytes, expected a multiple of %d (30730000 for an official file of "
                  + "10000 records); the file is incomplete or not of the binary version: fetch it "
                  + "again.")
              .formatted(file, bytes, RECORD_BYTES));
    }
    return (int) (bytes / RECORD_BYTES);
  }

  private static Dataset read(String name, List<Path> files) {
    long total = files.stream().mapToLong(Cifar10Reader::count).sum();
    if (total * FEATURES > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          "%s: %d records are more than fit in memory as one array; use fewer."
              .formatted(name, total));
    }
    byte[] bytes = new byte[(int) total * FEATURES];
    int[] labels = new int[(int) total];
    int at = 0;
    for (Path file : files) {
      int records = count(file);
      try (StrictInput in = StrictInput.open(file)) {
        for (int i = 0; i < records; i++, at++) {
          byte[] record = in.exactly(RECORD_BYTES, "record " + i);
          labels[at] = record[0] & 0xff;
          if (labels[at] >= CLASSES) {
            throw new BadInputException(
                ("%s: label %d of record %d is out of range, expected 0 to %d; the file is "
                        + "damaged or not CIFAR-10 (CIFAR-100 has another layout): fetch it again.")
                    .formatted(file, labels[at], i, CLASSES - 1));
          }
          System.arraycopy(record, 1, bytes, at * FEATURES, FEATURES);
        }
        in.expectEnd("the %d records".formatted(records));
      }
    }
    return Dataset.ofBytes(name, bytes, FEATURES, labels, CLASSES).asImages(IMAGE, true);
  }
}
