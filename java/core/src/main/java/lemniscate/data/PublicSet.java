package lemniscate.data;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data set that is published on the network: its files, with the size and SHA-256 of their
 * <em>uncompressed</em> content, and where they are offered.
 *
 * <p>Hashes are of the content because the same IDX file is offered with different compression (a
 * distribution may pack it anew). Those below were worked out from the files themselves: for MNIST
 * from the plain IDX files of an independent redistribution, for Fashion-MNIST from the Debian
 * package, for CIFAR-10 from records put together from lossless images. Each agrees with the value
 * that other projects state for the files of the official archives, so that two sources confirm
 * each value.
 *
 * @param name name in the catalogue
 * @param description one line for lists
 * @param files the files, in the order in which a hash of the whole is taken
 * @param archive the archive that holds the files, or null if each is offered alone, compressed by
 *     gzip
 * @param mirrors base addresses, ending in a slash, in the order in which they are tried
 * @param manual how to get the files without this program
 */
record PublicSet(
    String name,
    String description,
    List<KnownFile> files,
    @Nullable Archive archive,
    List<URI> mirrors,
    String manual) {

  /** A file: name without compression suffix, bytes and SHA-256 of its uncompressed content. */
  record KnownFile(String name, long bytes, String sha256) {}

  /**
   * A .tar.gz archive: its file name and its usual size in bytes, which only serves to show
   * progress; the files inside are what is checked.
   */
  record Archive(String name, long bytes) {}

  private static final String TRAIN_IMAGES = "train-images-idx3-ubyte";
  private static final String TRAIN_LABELS = "train-labels-idx1-ubyte";
  private static final String TEST_IMAGES = "t10k-images-idx3-ubyte";
  private static final String TEST_LABELS = "t10k-labels-idx1-ubyte";
  private static final long TRAIN_IMAGES_BYTES = 16 + 60_000 * 784L;
  private static final long TEST_IMAGES_BYTES = 16 + 10_000 * 784L;
  private static final long TRAIN_LABELS_BYTES = 8 + 60_000L;
  private static final long TEST_LABELS_BYTES = 8 + 10_000L;
  private static final long CIFAR_BYTES = 10_000L * Cifar10Reader.RECORD_BYTES;

  static final PublicSet MNIST =
      new PublicSet(
          "mnist",
          "handwritten digits, 28 x 28, 10 classes",
          List.of(
              new KnownFile(
                  TRAIN_IMAGES,
                  TRAIN_IMAGES_BYTES,
                  "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
              new KnownFile(
                  TRAIN_LABELS,
                  TRAIN_LABELS_BYTES,
                  "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
              new KnownFile(
                  TEST_IMAGES,
                  TEST_IMAGES_BYTES,
                  "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
              new KnownFile(
                  TEST_LABELS,
                  TEST_LABELS_BYTES,
                  "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2")),
          null,
          List.of(
              URI.create("https://ossci-datasets.s3.amazonaws.com/mnist/"),
              URI.create("https://storage.googleapis.com/cvdf-datasets/mnist/")),
          "download the four .gz files by hand from "
              + "https://storage.googleapis.com/cvdf-datasets/mnist/");

  static final PublicSet FASHION_MNIST =
      new PublicSet(
          "fashion-mnist",
          "articles of clothing, 28 x 28, 10 classes",
          List.of(
              new KnownFile(
                  TRAIN_IMAGES,
                  TRAIN_IMAGES_BYTES,
                  "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"),
              new KnownFile(
                  TRAIN_LABELS,
                  TRAIN_LABELS_BYTES,
                  "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"),
              new KnownFile(
                  TEST_IMAGES,
                  TEST_IMAGES_BYTES,
                  "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"),
              new KnownFile(
                  TEST_LABELS,
                  TEST_LABELS_BYTES,
                  "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34")),
          null,
          List.of(
              URI.create(
                  "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"),
              URI.create("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/")),
          "install the Debian or Ubuntu package dataset-fashion-mnist, or download the four .gz"
              + " files by hand from https://github.com/zalandoresearch/fashion-mnist");

  static final PublicSet CIFAR_10 =
      new PublicSet(
          "cifar-10",
          "colour photographs, 3 x 32 x 32, 10 classes",
          List.of(
              new KnownFile(
                  "data_batch_1.bin",
                  CIFAR_BYTES,
                  "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"),
              new KnownFile(
                  "data_batch_2.bin",
                  CIFAR_BYTES,
                  "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"),
              new KnownFile(
                  "data_batch_3.bin",
                  CIFAR_BYTES,
                  "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"),
              new KnownFile(
                  "data_batch_4.bin",
                  CIFAR_BYTES,
                  "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"),
              new KnownFile(
                  "data_batch_5.bin",
                  CIFAR_BYTES,
                  "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"),
              new KnownFile(
                  "test_batch.bin",
                  CIFAR_BYTES,
                  "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b")),
          new Archive("cifar-10-binary.tar.gz", 170_052_171L),
          List.of(URI.create("https://www.cs.toronto.edu/~kriz/")),
          "download cifar-10-binary.tar.gz by hand from https://www.cs.toronto.edu/~kriz/cifar.html"
              + " and unpack it");

  static final List<PublicSet> ALL = List.of(MNIST, FASHION_MNIST, CIFAR_10);

  PublicSet {
    files = List.copyOf(files);
    mirrors = List.copyOf(mirrors);
  }

  /** True if the files are IDX images and labels, false if they are CIFAR-10 records. */
  boolean idx() {
    return archive == null;
  }

  /** The paths of all files in a folder, in the order of {@link #files}; null if one is missing. */
  @Nullable List<Path> locate(Path folder) {
    if (!idx()) {
      Path found = Cifar10Reader.locate(folder);
      return found == null ? null : files.stream().map(f -> found.resolve(f.name())).toList();
    }
    List<Path> paths = new ArrayList<>();
    for (KnownFile file : files) {
      Path path = locate(folder, file.name());
      if (path == null) {
        return null;
      }
      paths.add(path);
    }
    return paths;
  }

  /** The names of the files that a folder lacks. */
  List<String> missing(Path folder) {
    return idx()
        ? files.stream().map(KnownFile::name).filter(file -> locate(folder, file) == null).toList()
        : Cifar10Reader.missing(folder);
  }

  /** What to call the expected files in a message. */
  String expected() {
    String names = String.join(", ", files.stream().map(KnownFile::name).toList());
    return idx() ? names + " (each plain or .gz)" : names;
  }

  /** The path of one IDX file in a folder, under any of its names; null if it is not there. */
  @Nullable Path locate(Path folder, KnownFile file) {
    return locate(folder, file.name());
  }

  /** MNIST's own site once offered names with a dot, and many copies have them. */
  private static @Nullable Path locate(Path folder, String file) {
    String dotted = file.replace("-idx", ".idx");
    return Stream.of(file, dotted, file + ".gz", dotted + ".gz")
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElse(null);
  }
}
