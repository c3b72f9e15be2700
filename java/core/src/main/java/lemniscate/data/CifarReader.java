package lemniscate.data;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.config.HeapRoom;
import lemniscate.tensor.ExampleShape;
import lemniscate.text.Shown;

/**
 * Reads CIFAR-10 and CIFAR-100. In all versions an image is 1024 red, 1024 green and 1024 blue
 * bytes, each a 32 x 32 plane, rows first; examples have them by height, width and channel, the
 * channels of a pixel side by side, as convolutions want them.
 *
 * <p>Files may hold more or fewer images than the official ones, so that a part of a set can be
 * used.
 */
final class CifarReader {
  private static final ExampleShape IMAGE = new ExampleShape(32, 32, 3);
  private static final int PIXELS = 32 * 32;
  private static final int CHANNELS = 3;

  /** Features per example: 32 x 32 pixels of 3 channels. */
  static final int FEATURES = PIXELS * CHANNELS;

  private CifarReader() {}

  /** Images by height, width and channel, and their labels. */
  private record Part(byte[] images, int[] labels) {}

  /**
   * Reads both splits.
   *
   * @param name name of the set
   * @param coarse whether labels are the first that an image has, not the last
   * @return splits with images of 32 x 32 x 3 bytes
   * @throws BadInputException if a file is missing, damaged, or holds a label out of range
   */
  static DataSplits read(String name, CifarFiles files, boolean coarse) {
    CifarSet set = files.set();
    int which = coarse ? 0 : set.labels().size() - 1;
    Map<String, Part> parts = new HashMap<>();
    files.visit(
        (file, in) ->
            parts.put(file, files.python() ? pickled(in, set, which) : records(in, set, which)));
    int classes = set.labels().get(which).classes();
    return new DataSplits(
        name,
        joined(name + "/train", files.path(), parts, set.trainFiles(files.python()), classes),
        joined(
            name + "/test", files.path(), parts, List.of(set.testFile(files.python())), classes));
  }

  private static Dataset joined(
      String name, Path where, Map<String, Part> parts, List<String> files, int classes) {
    long total = files.stream().mapToLong(file -> part(parts, file).labels().length).sum();
    if (total * FEATURES > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          "%s: %d images are more than fit in memory as one array; use fewer."
              .formatted(where, total));
    }
    HeapRoom.require(where.toString(), total * (FEATURES + Integer.BYTES), "another data set");
    byte[] bytes = new byte[(int) total * FEATURES];
    int[] labels = new int[(int) total];
    int at = 0;
    for (String file : files) {
      Part part = part(parts, file);
      System.arraycopy(part.images(), 0, bytes, at * FEATURES, part.images().length);
      System.arraycopy(part.labels(), 0, labels, at, part.labels().length);
      at += part.labels().length;
      // Not held twice for longer than it takes.
      parts.remove(file);
    }
    return Dataset.of(
            name,
            Dataset.Source.of(where),
            StoredNumbers.of(bytes),
            FEATURES,
            classes,
            labels,
            null)
        .asImages(IMAGE);
  }

  private static Part part(Map<String, Part> parts, String file) {
    Part part = parts.get(file);
    if (part == null) {
      throw new IllegalStateException(file + " was not visited");
    }
    return part;
  }

  /**
   * The number of records of a binary file, from its length.
   *
   * @throws BadInputException if that is no whole number
   */
  static int count(StrictInput in, CifarSet set) {
    if (in.compressed()) {
      throw new BadInputException(
          "%s is compressed by gzip, expected a plain file; unpack it with gunzip."
              .formatted(in.where()));
    }
    long bytes = in.size();
    int record = set.recordBytes();
    if (bytes <= 0 || bytes % record != 0 || bytes > StrictInput.MAX_ARRAY) {
      throw new BadInputException(
          ("%s has %d bytes, expected a multiple of %d, the size of a record of %s; the file is"
                  + " incomplete or not of the binary version: fetch it again.")
              .formatted(in.where(), bytes, record, set.title()));
    }
    return (int) (bytes / record);
  }

  private static Part records(StrictInput in, CifarSet set, int which) {
    int count = count(in, set);
    int first = set.labels().size();
    HeapRoom.require(in.where(), (long) count * FEATURES, "the file as distributed");
    byte[] images = new byte[count * FEATURES];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      byte[] record = in.exactly(set.recordBytes(), "record " + i);
      for (int k = 0; k < first; k++) {
        int classes = set.labels().get(k).classes();
        int label = record[k] & 0xff;
        if (label >= classes) {
          throw labelOutOfRange(in, set, label, "record " + i, classes);
        }
        labels[i] = k == which ? label : labels[i];
      }
      channelsLast(record, first, 1, images, i * FEATURES);
    }
    in.expectEnd("the %d records".formatted(count));
    return new Part(images, labels);
  }

  private static Part pickled(StrictInput in, CifarSet set, int which) {
    Map<String, Object> dictionary = PickleReader.dictionary(in);
    if (!(dictionary.get("data") instanceof PickleReader.Array data)
        || data.shape().size() != 2
        || data.shape().getLast() != FEATURES
        || !data.type().equals("u1")) {
      throw new BadInputException(
          ("%s: 'data' is %s, expected a uint8 array of shape (n, %d); this is no file of %s's"
                  + " python version: fetch it again.")
              .formatted(
                  in.where(),
                  PickleReader.describe(dictionary.get("data")),
                  FEATURES,
                  set.title()));
    }
    CifarSet.Labels wanted = set.labels().get(which);
    if (!(dictionary.get(wanted.key()) instanceof List<?> given)
        || given.size() != data.shape().getFirst()) {
      throw new BadInputException(
          ("%s: %s is %s, expected a list of %d labels, one for each image; this is no file of"
                  + " %s's python version: fetch it again.")
              .formatted(
                  in.where(),
                  Shown.quoted(wanted.key()),
                  PickleReader.describe(dictionary.get(wanted.key())),
                  data.shape().getFirst(),
                  set.title()));
    }
    int count = given.size();
    byte[] images = new byte[count * FEATURES];
    int[] labels = new int[count];
    for (int i = 0; i < count; i++) {
      if (!(given.get(i) instanceof Long label) || label < 0 || label >= wanted.classes()) {
        throw labelOutOfRange(in, set, given.get(i), "image " + i, wanted.classes());
      }
      labels[i] = label.intValue();
      // Column by column, numbers of an example are as many apart as there are examples.
      channelsLast(
          data.bytes(),
          data.columnMajor() ? i : i * FEATURES,
          data.columnMajor() ? count : 1,
          images,
          i * FEATURES);
    }
    return new Part(images, labels);
  }

  private static void channelsLast(byte[] planes, int first, int stride, byte[] to, int at) {
    for (int c = 0; c < CHANNELS; c++) {
      for (int p = 0; p < PIXELS; p++) {
        to[at + p * CHANNELS + c] = planes[first + (c * PIXELS + p) * stride];
      }
    }
  }

  private static BadInputException labelOutOfRange(
      StrictInput in, CifarSet set, Object label, String what, int classes) {
    return new BadInputException(
        ("%s: label %s of %s is out of range, expected 0 to %d; the file is damaged or not %s"
                + " (CIFAR-10 and CIFAR-100 have different layouts): fetch it again.")
            .formatted(in.where(), label, what, classes - 1, set.title()));
  }
}
