package lemniscate.data;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Files of the user's own, as {@code data.name} names them: by a path alone, or with a word before
 * a colon that says what they are.
 *
 * @param kind what they are
 * @param path the file or folder
 */
record OwnSet(DataOptions.Kind kind, Path path) {
  private static final String NPY = "npy:";
  static final String TABLE = "csv:";
  static final String IMAGES = "images:";
  private static final List<String> TABLES = List.of(".csv", ".tsv", ".csv.gz", ".tsv.gz");

  /**
   * What a name means, if it is no name of the catalogue.
   *
   * @return null if it is neither a path to something that is there nor written like one
   * @throws BadInputException if it is written like a path, and nothing of a known kind is there
   */
  static @Nullable OwnSet of(DataRequest request) {
    String name = request.name();
    for (String prefix : List.of(NPY, TABLE, IMAGES)) {
      if (name.startsWith(prefix)) {
        Path path = Datasets.path(request, prefix, prefix + example(prefix));
        return new OwnSet(kind(prefix), path);
      }
    }
    if (Datasets.names().contains(name) || name.isBlank()) {
      return null;
    }
    Path path;
    Path dir = request.dir();
    try {
      path = dir == null ? Path.of(name) : dir.resolve(name);
    } catch (InvalidPathException e) {
      return null; // the catalogue says that there is no such name
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (Files.isDirectory(path)) {
      return new OwnSet(NpyFolder.is(path) ? DataOptions.Kind.NPY : DataOptions.Kind.IMAGES, path);
    }
    if (isTable(name)) {
      return new OwnSet(DataOptions.Kind.TABLE, path);
    }
    if (lower.endsWith(".npz")) {
      return new OwnSet(DataOptions.Kind.NPZ, path);
    }
    if (lower.endsWith(".npy")) {
      throw new BadInputException(
          "data.name is %s, one array, expected two or four; name their folder, npy:%s, and call them x_train.npy, y_train.npy, x_test.npy and y_test.npy, or name them with data.files."
              .formatted(path, path.getParent() == null ? "." : path.getParent()));
    }
    if (Files.exists(path) || Path.of(name).getNameCount() > 1) {
      throw new BadInputException(
          "data.name is %s, which %s; expected a table (.csv, .tsv), arrays (.npz), or a folder of arrays (.npy) or of images."
              .formatted(path, Files.exists(path) ? "is none of these" : "does not exist"));
    }
    return null;
  }

  /** Whether a file is called as tables are. */
  static boolean isTable(String name) {
    return TABLES.stream().anyMatch(name.toLowerCase(Locale.ROOT)::endsWith);
  }

  private static String example(String prefix) {
    return prefix.equals(TABLE) ? "data/my-set.csv" : "data/my-set";
  }

  private static DataOptions.Kind kind(String prefix) {
    return switch (prefix) {
      case NPY -> DataOptions.Kind.NPY;
      case TABLE -> DataOptions.Kind.TABLE;
      default -> DataOptions.Kind.IMAGES;
    };
  }

  /**
   * Reads both splits.
   *
   * @throws BadInputException if a file is not what it should be
   */
  DataSplits read(String name, DataRequest request) {
    DataOptions options = request.options();
    options.requireOnly(name, kind);
    return switch (kind) {
      case NPZ -> NpyReader.readSplits(name, path, options);
      case NPY -> NpyFolder.read(name, path, options);
      case TABLE -> TableReader.readSplits(name, path, request.dir(), options);
      case IMAGES -> ImageFolder.readSplits(name, path, options.split());
      case KNOWN, TWO_LABELS, IDX -> throw new IllegalStateException(kind + " is read elsewhere");
    };
  }
}
