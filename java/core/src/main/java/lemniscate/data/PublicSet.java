package lemniscate.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A data set that is published on the network: how its files are laid out; and, where it can be
 * downloaded, their size and the SHA-256 of their <em>uncompressed</em> content, and where they are
 * offered.
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
 * @param layout the names that its files have here, and how they are read
 * @param files the files, in the order in which a hash of the whole is taken; none where this
 *     program knows no hashes, and so neither downloads nor verifies them
 * @param archive the archive that holds the files, or null if each is offered alone, compressed by
 *     gzip
 * @param mirrors base addresses, ending in a slash, in the order in which they are tried
 * @param manual how to get the files without this program
 */
record PublicSet(
    String name,
    String description,
    SetLayout layout,
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

  private static final String TRAIN_IMAGES = IdxLayout.MNIST_FILES.get(0);
  private static final String TRAIN_LABELS = IdxLayout.MNIST_FILES.get(1);
  private static final String TEST_IMAGES = IdxLayout.MNIST_FILES.get(2);
  private static final String TEST_LABELS = IdxLayout.MNIST_FILES.get(3);
  private static final long TRAIN_IMAGES_BYTES = 16 + 60_000 * 784L;
  private static final long TEST_IMAGES_BYTES = 16 + 10_000 * 784L;
  private static final long TRAIN_LABELS_BYTES = 8 + 60_000L;
  private static final long TEST_LABELS_BYTES = 8 + 10_000L;
  private static final long CIFAR_BYTES = 10_000L * CifarSet.CIFAR_10.recordBytes();

  static final PublicSet MNIST =
      new PublicSet(
          "mnist",
          "handwritten digits, 28 x 28, 10 classes",
          IdxLayout.mnist("MNIST", 10),
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
          IdxLayout.mnist("FashionMNIST", 10),
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
          "colour photographs, 32 x 32 x 3, 10 classes",
          CifarSet.CIFAR_10,
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
              + " (or cifar-10-python.tar.gz)");

  static final PublicSet CIFAR_100 =
      byHand(
          "cifar-100",
          "colour photographs, 32 x 32 x 3, 100 classes",
          CifarSet.CIFAR_100,
          "download cifar-100-binary.tar.gz or cifar-100-python.tar.gz by hand from "
              + "https://www.cs.toronto.edu/~kriz/cifar.html");

  /** The splits of EMNIST. */
  static final List<PublicSet> EMNIST =
      List.of(
          emnist("balanced", "digits and letters, as many of each", 47, 0),
          emnist("byclass", "digits, capitals and small letters", 62, 0),
          emnist("bymerge", "digits and letters, alike ones merged", 47, 0),
          emnist("digits", "digits", 10, 0),
          emnist("letters", "letters", 26, 1),
          emnist("mnist", "digits, as many as MNIST has", 10, 0));

  static final List<PublicSet> ALL = all();

  private static List<PublicSet> all() {
    List<PublicSet> all = new ArrayList<>(List.of(MNIST, FASHION_MNIST, CIFAR_10, CIFAR_100));
    all.addAll(EMNIST);
    return List.copyOf(all);
  }

  private static PublicSet emnist(String split, String what, int classes, int firstLabel) {
    return byHand(
        "emnist-" + split,
        "handwritten %s, 28 x 28, %d classes".formatted(what, classes),
        IdxLayout.emnist(split, classes, firstLabel),
        "download gzip.zip by hand from "
            + "https://www.nist.gov/itl/products-and-services/emnist-dataset and unpack it");
  }

  private static PublicSet byHand(
      String name, String description, SetLayout layout, String manual) {
    return new PublicSet(name, description, layout, List.of(), null, List.of(), manual);
  }

  PublicSet {
    files = List.copyOf(files);
    mirrors = List.copyOf(mirrors);
  }

  /** Whether this program knows where the set is offered, and what its files hold. */
  boolean downloadable() {
    return !files.isEmpty();
  }

  /** How to come by the set, as an end of a sentence. */
  String remedy() {
    return downloadable()
        ? "fetch them with `lemniscate data get %s`, or %s".formatted(name, manual)
        : manual;
  }

  /**
   * The paths of the files that a download makes in a folder, in the order of {@link #files}; null
   * if one is missing.
   */
  @Nullable List<Path> downloaded(Path folder) {
    SetFiles found = layout.locate(folder, true);
    return found == null ? null : found.plain();
  }
}
