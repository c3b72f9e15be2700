package lemniscate.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Four IDX files: images and labels of training, images and labels of test, each plain or {@code
 * .gz}.
 *
 * @param files their names, without {@code .gz}
 * @param telling whether these names are those of this set alone
 * @param subfolders folders below one that holds many sets, in which the files may lie
 * @param classes number of classes
 * @param firstLabel the label that stands for class 0
 * @param transposed whether images are stored column by column
 */
record IdxLayout(
    List<String> files,
    boolean telling,
    List<String> subfolders,
    int classes,
    int firstLabel,
    boolean transposed)
    implements SetLayout {

  /** The names of MNIST's files. */
  static final List<String> MNIST_FILES =
      List.of(
          "train-images-idx3-ubyte",
          "train-labels-idx1-ubyte",
          "t10k-images-idx3-ubyte",
          "t10k-labels-idx1-ubyte");

  IdxLayout {
    files = List.copyOf(files);
    subfolders = List.copyOf(subfolders);
  }

  /**
   * A set with the file names of MNIST and its classes from 0.
   *
   * @param torchvision what torchvision calls its folder, in which the files lie in {@code raw}
   */
  static IdxLayout mnist(String torchvision, int classes) {
    return new IdxLayout(MNIST_FILES, false, List.of(torchvision + "/raw"), classes, 0, false);
  }

  /** A split of EMNIST. Its images are stored as NIST's Matlab files have them, column first. */
  static IdxLayout emnist(String split, int classes, int firstLabel) {
    List<String> files = new ArrayList<>();
    for (String half : List.of("train", "test")) {
      files.add("emnist-" + split + "-" + half + "-images-idx3-ubyte");
      files.add("emnist-" + split + "-" + half + "-labels-idx1-ubyte");
    }
    return new IdxLayout(
        files,
        true,
        List.of("emnist", "emnist/gzip", "gzip", "EMNIST/raw"),
        classes,
        firstLabel,
        true);
  }

  @Override
  public @Nullable IdxFiles locate(Path folder, boolean own) {
    for (Path place : places(folder, own)) {
      List<Path> paths = new ArrayList<>();
      for (String file : files) {
        Path path = path(place, file);
        if (path != null) {
          paths.add(path);
        }
      }
      if (paths.size() == files.size()) {
        return new IdxFiles(this, paths);
      }
    }
    return null;
  }

  private List<Path> places(Path folder, boolean own) {
    List<Path> places = new ArrayList<>();
    if (own || telling) {
      places.add(folder);
    }
    if (own) {
      places.add(folder.resolve("raw"));
    }
    subfolders.forEach(sub -> places.add(folder.resolve(sub)));
    return places;
  }

  @Override
  public List<String> missing(Path folder) {
    List<String> fewest =
        places(folder, true).stream()
            .map(place -> files.stream().filter(file -> path(place, file) == null).toList())
            .min(Comparator.comparingInt(List::size))
            .orElseThrow();
    return fewest.size() == files.size() ? List.of() : fewest;
  }

  @Override
  public String expected() {
    return String.join(", ", files) + " (each plain or .gz)";
  }

  /**
   * The path of a file in a folder, under any of its names; null if it is not there. MNIST's own
   * site once offered names with a dot, and many copies have them.
   */
  static @Nullable Path path(Path folder, String file) {
    String dotted = file.replace("-idx", ".idx");
    return Stream.of(file, dotted, file + ".gz", dotted + ".gz")
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }
}
