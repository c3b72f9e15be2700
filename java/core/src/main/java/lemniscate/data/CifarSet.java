package lemniscate.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * CIFAR-10 and CIFAR-100 in the two versions that their authors distribute: records of bytes
 * ("binary") and pickled dictionaries ("python"), each as a folder or as the {@code .tar.gz}
 * itself.
 *
 * @param title the name in messages
 * @param trainBinary training files of the binary version, in their order
 * @param testBinary its test file
 * @param trainPython training files of the python version
 * @param testPython its test file
 * @param binaryFolder what the binary version unpacks to
 * @param pythonFolder what the python version unpacks to
 * @param binaryArchive the binary version as it is distributed
 * @param pythonArchive the python version as it is distributed
 * @param labels the labels of an image, in the order in which they begin a record; the finest come
 *     last
 */
record CifarSet(
    String title,
    List<String> trainBinary,
    String testBinary,
    List<String> trainPython,
    String testPython,
    String binaryFolder,
    String pythonFolder,
    String binaryArchive,
    String pythonArchive,
    List<Labels> labels)
    implements SetLayout {

  static final CifarSet CIFAR_10 =
      new CifarSet(
          "CIFAR-10",
          List.of(
              "data_batch_1.bin",
              "data_batch_2.bin",
              "data_batch_3.bin",
              "data_batch_4.bin",
              "data_batch_5.bin"),
          "test_batch.bin",
          List.of("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"),
          "test_batch",
          "cifar-10-batches-bin",
          "cifar-10-batches-py",
          "cifar-10-binary.tar.gz",
          "cifar-10-python.tar.gz",
          List.of(new Labels("labels", 10)));

  static final CifarSet CIFAR_100 =
      new CifarSet(
          "CIFAR-100",
          List.of("train.bin"),
          "test.bin",
          List.of("train"),
          "test",
          "cifar-100-binary",
          "cifar-100-python",
          "cifar-100-binary.tar.gz",
          "cifar-100-python.tar.gz",
          List.of(new Labels("coarse_labels", 20), new Labels("fine_labels", 100)));

  CifarSet {
    trainBinary = List.copyOf(trainBinary);
    trainPython = List.copyOf(trainPython);
    labels = List.copyOf(labels);
  }

  /**
   * Labels that every image has.
   *
   * @param key what the python version calls them
   * @param classes how many there are: labels are 0..classes-1
   */
  record Labels(String key, int classes) {}

  /** The files of the training split, in their order. */
  List<String> trainFiles(boolean python) {
    return python ? trainPython : trainBinary;
  }

  /** The file of the test split. */
  String testFile(boolean python) {
    return python ? testPython : testBinary;
  }

  /** All files. */
  List<String> files(boolean python) {
    List<String> all = new ArrayList<>(trainFiles(python));
    all.add(testFile(python));
    return all;
  }

  /** Bytes of a record of the binary version. */
  int recordBytes() {
    return labels.size() + CifarReader.FEATURES;
  }

  @Override
  public @Nullable CifarFiles locate(Path folder, boolean own) {
    for (boolean python : new boolean[] {false, true}) {
      Path unpacked = unpacked(folder, own, python);
      if (unpacked != null) {
        return new CifarFiles(this, python, false, unpacked);
      }
    }
    for (boolean python : new boolean[] {false, true}) {
      Path archive = folder.resolve(python ? pythonArchive : binaryArchive);
      if (Files.isRegularFile(archive)) {
        return new CifarFiles(this, python, true, archive);
      }
    }
    return null;
  }

  /** The folder with the files of a version: the given one or its subfolder; null if none has. */
  @Nullable Path unpacked(Path folder, boolean own, boolean python) {
    Path sub = folder.resolve(python ? pythonFolder : binaryFolder);
    for (Path candidate : own ? List.of(folder, sub) : List.of(sub)) {
      if (lacking(candidate, python).isEmpty()) {
        return candidate;
      }
    }
    return null;
  }

  private List<String> lacking(Path folder, boolean python) {
    return files(python).stream()
        .filter(file -> !Files.isRegularFile(folder.resolve(file)))
        .toList();
  }

  @Override
  public List<String> missing(Path folder) {
    // Of the version that is nearest to being whole, in the folder or below it.
    List<String> fewest = lacking(folder, false);
    for (boolean python : new boolean[] {false, true}) {
      for (Path candidate : List.of(folder, folder.resolve(python ? pythonFolder : binaryFolder))) {
        List<String> lacking = lacking(candidate, python);
        fewest = lacking.size() < fewest.size() ? lacking : fewest;
      }
    }
    return fewest.size() == files(false).size() ? List.of() : fewest;
  }

  @Override
  public String expected() {
    return "%s or %s, or the folder %s (%s) or %s (%s)"
        .formatted(
            binaryArchive,
            pythonArchive,
            binaryFolder,
            String.join(", ", files(false)),
            pythonFolder,
            String.join(", ", files(true)));
  }
}
