package lemniscate.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/**
 * Finds the examples that a trained network is to answer: the test examples of a set, or those of a
 * file or a folder, which need nothing to train on.
 *
 * <ul>
 *   <li>an NPZ file with {@code x_test} and perhaps {@code y_test}, or with {@code x} and perhaps
 *       {@code y}, whatever else it holds
 *   <li>an NPY file or an IDX file of inputs
 *   <li>a table, with the column of answers or without
 *   <li>an image (PNG, JPEG), a folder of images, or one with a folder of images for each class
 * </ul>
 *
 * <p>Which of them a file is, its first bytes tell.
 */
public final class TestData {

  private static final int MAGIC_BYTES = 4;

  /** Inputs and their answers by what they are called, those of choice first. */
  private static final List<List<String>> NAMES =
      List.of(List.of("x_test", "y_test"), List.of("x", "y"));

  private TestData() {}

  /**
   * Loads examples.
   *
   * @param request of whose set the test examples, or with {@code validation} the validation
   *     examples, are taken; a name may also be the path of a file, or of a folder of images
   * @param labels file of labels (NPY or IDX) beside a file that has none; null for none
   * @param ends of the network
   * @throws BadInputException if they cannot be read
   */
  public static TestSet load(DataRequest request, @Nullable Path labels, Ends ends) {
    SplitOptions split = request.options().split();
    boolean parted = split.testFile() != null || split.testFraction() != null;
    Path file = parted ? null : file(request);
    if (file == null) {
      if (labels != null) {
        throw new BadInputException(
            "--labels is %s, but %s has labels of its own; leave it out, or name a file of inputs with --data."
                .formatted(labels, request.name()));
      }
      return TestSet.answered(Datasets.load(request).test());
    }
    TestSet all = read(request.name(), file, labels, ends, request.options());
    Integer count = request.test();
    if (count != null && count > all.examples().size()) {
      throw new BadInputException(
          "data.test is %d, but %s has %d examples; give 1 to %d, or leave it out to use all."
              .formatted(count, file, all.examples().size(), all.examples().size()));
    }
    return count == null ? all : all.first(count);
  }

  /**
   * Reads the examples of a file.
   *
   * @param ends of the network
   * @throws BadInputException if it cannot be read
   */
  public static TestSet read(Path file, Ends ends) {
    return read(file.toString(), file, null, ends, DataOptions.NONE);
  }

  /**
   * What a network reads and gives.
   *
   * @param features of an example
   * @param outputs classes, where answers are labels; else targets
   * @param classNames names of its classes, where its data had them
   */
  public record Ends(int features, int outputs, List<String> classNames) {
    /** Copies the list. */
    public Ends {
      classNames = List.copyOf(classNames);
    }
  }

  // The file that a request names; null where it names a set. Training examples that are to
  // validate on are found by who knows all of a set.
  private static @Nullable Path file(DataRequest request) {
    if (request.validation() != null) {
      return null;
    }
    String name = request.name();
    String text = name;
    boolean prefixed = false;
    for (String prefix :
        List.of(Datasets.NPZ_PREFIX, Datasets.IDX_PREFIX, OwnSet.TABLE, OwnSet.IMAGES)) {
      if (name.startsWith(prefix)) {
        text = name.substring(prefix.length());
        prefixed = true;
      }
    }
    if (!prefixed && Datasets.names().contains(name)) {
      return null;
    }
    try {
      Path dir = request.dir();
      Path path = dir == null ? Path.of(text) : dir.resolve(text);
      if (!prefixed && !name.contains(":") && name.matches(".*[./\\\\].*") && !Files.exists(path)) {
        throw new BadInputException(
            "data.name is %s, which is neither a data set nor a file that is there; check the path."
                .formatted(path));
      }
      boolean images = !prefixed || name.startsWith(OwnSet.IMAGES);
      return Files.isRegularFile(path) || images && isImageFolder(path) ? path : null;
    } catch (InvalidPathException e) {
      return null; // Datasets says what is wrong with it.
    }
  }

  // Splits are for who knows all of a set.
  private static boolean isImageFolder(Path path) {
    return Files.isDirectory(path) && !NpyFolder.is(path) && !ImageFolder.hasSplits(path);
  }

  private static TestSet read(
      String name, Path file, @Nullable Path labels, Ends ends, DataOptions options) {
    if (Files.isDirectory(file)) {
      return images(name, file, labels, ends);
    }
    if (options.files() != null) {
      throw new BadInputException(
          "data.files is %s, but %s is a file itself; leave it out."
              .formatted(options.files(), file));
    }
    if (OwnSet.isTable(file.getFileName().toString()) || name.startsWith(OwnSet.TABLE)) {
      if (labels != null) {
        throw new BadInputException(
            "--labels is %s, but %s is a table; put the answers into a column of it."
                .formatted(labels, file));
      }
      return TableReader.examples(name, file, options, ends.features(), ends.classNames());
    }
    Kind kind = kind(file);
    if (kind == Kind.IMAGE) {
      return images(name, file, labels, ends);
    }
    NumericArray x;
    NumericArray y = null;
    if (kind == Kind.NPZ) {
      List<String> held = NpyReader.names(file);
      List<String> pair =
          NAMES.stream()
              .filter(names -> held.contains(names.getFirst()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new BadInputException(
                          "%s has neither an array x_test nor x, it holds: %s; save it with numpy.savez(path, x=...), and y=... where the answers are known."
                              .formatted(file, Shown.list(held))));
      x = NpyReader.read(file, pair.getFirst());
      if (held.contains(pair.getLast())) {
        y = NpyReader.read(file, pair.getLast());
      }
    } else {
      x = array(file);
    }
    if (labels != null) {
      if (y != null) {
        throw new BadInputException(
            "--labels is %s, but %s is there already; leave one out.".formatted(labels, y.where()));
      }
      y = array(labels);
    }
    return ArraySplits.test(name, options, x, y, ends.outputs());
  }

  private static TestSet images(String name, Path path, @Nullable Path labels, Ends ends) {
    if (labels != null) {
      throw new BadInputException(
          "--labels is %s, but %s is of images; put them into folders called as their classes, or use numpy.save."
              .formatted(labels, path));
    }
    return ImageFolder.examples(name, path, ends);
  }

  private static NumericArray array(Path file) {
    return switch (kind(file)) {
      case NPY -> NpyReader.read(file);
      case IDX -> IdxReader.array(file);
      case NPZ ->
          throw new BadInputException(
              file + " is an NPZ file of several arrays, expected one array (NPY or IDX).");
      case IMAGE ->
          throw new BadInputException(file + " is an image, expected one array (NPY or IDX).");
    };
  }

  private enum Kind {
    NPZ,
    NPY,
    IDX,
    IMAGE
  }

  private static Kind kind(Path file) {
    byte[] start;
    try (InputStream in = Files.newInputStream(file)) {
      start = in.readNBytes(MAGIC_BYTES);
    } catch (IOException e) {
      throw new BadInputException(
          file + " cannot be read (" + e + "); check the path and its permissions.", e);
    }
    if (startsWith(start, 'P', 'K')) {
      return Kind.NPZ;
    }
    if (startsWith(start, 0x93, 'N', 'U', 'M')) {
      return Kind.NPY;
    }
    if (startsWith(start, 0, 0) || startsWith(start, 0x1f, 0x8b)) {
      return Kind.IDX;
    }
    if (startsWith(start, 0x89, 'P', 'N', 'G') || startsWith(start, 0xff, 0xd8, 0xff)) {
      return Kind.IMAGE;
    }
    throw new BadInputException(
        file
            + " is neither a table (.csv, .tsv) nor, by its first bytes, an NPZ, an NPY, an IDX, a PNG"
            + " or a JPEG file; save the inputs with numpy.save or numpy.savez.");
  }

  private static boolean startsWith(byte[] bytes, int... magic) {
    boolean same = bytes.length >= magic.length;
    for (int i = 0; same && i < magic.length; i++) {
      same = (bytes[i] & 0xff) == magic[i];
    }
    return same;
  }
}
