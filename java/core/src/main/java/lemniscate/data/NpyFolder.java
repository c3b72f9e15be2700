package lemniscate.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import lemniscate.config.BadInputException;

/** A set whose arrays are NPY files of their own ({@code numpy.save}). */
final class NpyFolder {
  private NpyFolder() {}

  /** True if a folder has inputs under their usual name. */
  static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(ArraySplits.NAMES.getFirst() + ".npy"));
  }

  /**
   * Reads both splits from files in a folder: {@code x_train.npy}, {@code y_train.npy}, {@code
   * x_test.npy}, {@code y_test.npy}, or as {@code data.files} names them; of a set that is split,
   * the first two.
   *
   * @throws BadInputException if a file is missing or not what it should be
   */
  static DataSplits read(String name, Path folder, DataOptions options) {
    boolean split = options.split().testFraction() != null;
    List<String> names = split ? ArraySplits.NAMES.subList(0, 2) : ArraySplits.NAMES;
    List<Path> named = options.files();
    List<Path> files =
        named == null
            ? names.stream().map(array -> folder.resolve(array + ".npy")).toList()
            : named.stream().map(folder::resolve).toList();
    List<String> missing =
        IntStream.range(0, files.size())
            .filter(i -> !Files.isRegularFile(files.get(i)))
            .mapToObj(i -> String.valueOf(files.get(i).getFileName()))
            .toList();
    if (!missing.isEmpty()) {
      throw new BadInputException(
          "%s lacks %s, expected an array of numpy.save for each of %s; save them there, name them with data.files, or split x_train and y_train with data.testFraction."
              .formatted(folder, String.join(", ", missing), String.join(", ", names)));
    }
    return split
        ? ArraySplits.split(
            name, options, NpyReader.read(files.get(0)), NpyReader.read(files.get(1)))
        : ArraySplits.of(
            name, options, array -> NpyReader.read(files.get(ArraySplits.NAMES.indexOf(array))));
  }
}
