package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatasetsTest {
  @TempDir private Path dir;

  private DataLocations nowhere() {
    return new DataLocations(null, dir.resolve("cache"), List.of(dir.resolve("usr")));
  }

  private static DataRequest request(String name, Path dir, Integer train, Integer test) {
    return new DataRequest(name, dir, train, test, 0);
  }

  /** A set of 3 training images and 2 test images of 1 x 2 pixels, all of one value. */
  private static void writeIdx(Path folder, int value, String separator, boolean gzip) {
    for (String split : List.of("train", "t10k")) {
      int n = split.equals("train") ? 3 : 2;
      byte[] pixels = new byte[2 * n];
      Arrays.fill(pixels, (byte) value);
      byte[] images = DataFiles.images(0x803, n, 1, 2, pixels);
      byte[] labels = DataFiles.labels(0x801, n, new byte[n]);
      String end = gzip ? ".gz" : "";
      DataFiles.write(
          folder.resolve(split + "-images" + separator + "idx3-ubyte" + end),
          gzip ? DataFiles.gzip(images) : images);
      DataFiles.write(
          folder.resolve(split + "-labels" + separator + "idx1-ubyte" + end),
          gzip ? DataFiles.gzip(labels) : labels);
    }
  }

  private static float pixel(DataSplits splits) {
    float[] x = new float[splits.train().features()];
    splits.train().copyFeatures(0, Normalization.none(), x, 0);
    return x[0];
  }

  // ---- bundled ----

  @Test
  void bundledSetIsBalancedAndPinned() {
    DataSplits mini = Datasets.load(DataRequest.of("fashion-mnist-mini"), nowhere());
    assertThat(mini.train().size()).isEqualTo(10_000);
    assertThat(mini.test().size()).isEqualTo(2_000);
    assertThat(mini.train().features()).isEqualTo(784);
    assertThat(mini.train().outputs()).isEqualTo(10);
    for (Dataset split : List.of(mini.train(), mini.test())) {
      int[] counts = new int[10];
      for (int i = 0; i < split.size(); i++) {
        counts[split.label(i)]++;
      }
      assertThat(counts).containsOnly(split.size() / 10);
    }
    // Fashion-MNIST begins with an ankle boot and a T-shirt, its test split with an ankle boot.
    assertThat(mini.train().label(0)).isEqualTo(9);
    assertThat(mini.train().label(1)).isZero();
    assertThat(mini.test().label(0)).isEqualTo(9);
    // Worked out by an independent implementation of the documented hash.
    assertThat(mini.train().sha256())
        .isEqualTo("4419b998d105bdfaa18cb3df080a31cee3cdbfcedec97c9110eef890fa151ade");
    assertThat(mini.test().sha256())
        .isEqualTo("ade6bca5088d0f051f3f00c076e504621984161f0ff3f9f9af1ba85241204cf2");
  }

  @Test
  void bundledFilesHaveTheirStatedHashes() {
    DatasetStatus status = Datasets.status("fashion-mnist-mini", null, nowhere(), true);
    assertThat(status.state()).isEqualTo(DatasetStatus.State.VERIFIED);
    assertThat(status.path()).isEqualTo("bundled");
    assertThat(status.sha256())
        .isEqualTo("dc0289273c8bbcf299620bc123dadb811b6f04ead83d54641d1196c9bef7c4da");
  }

  @Test
  void bundledReadmeStatesTheHashes() throws IOException {
    try (var in =
        Datasets.class.getResourceAsStream("/lemniscate/data/fashion-mnist-mini/README.md")) {
      String readme = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(Datasets.BUNDLED_FILES)
          .allSatisfy(file -> assertThat(readme).contains(file.sha256()));
    }
  }

  @Test
  void limitsSplits() {
    DataSplits mini = Datasets.load(request("fashion-mnist-mini", null, 123, 45), nowhere());
    assertThat(mini.train().size()).isEqualTo(123);
    assertThat(mini.test().size()).isEqualTo(45);
    assertThatThrownBy(
            () -> Datasets.load(request("fashion-mnist-mini", null, 10_001, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.train is 10001")
        .hasMessageContaining("has 10000 examples");
    assertThatThrownBy(
            () -> Datasets.load(request("fashion-mnist-mini", null, null, 2_001), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.test is 2001");
    assertThatThrownBy(() -> request("mnist", null, 0, null))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.train is 0");
    assertThatThrownBy(() -> request("mnist", null, null, -1))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.test is -1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fashion-mnist-mini", "synthetic", "synthetic-regression"})
  void setsWithoutFilesRefuseAFolder(String name) {
    assertThatThrownBy(() -> Datasets.load(request(name, dir, null, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.dir is " + dir)
        .hasMessageContaining(name + " reads no folder");
  }

  // ---- files ----

  @ParameterizedTest
  @CsvSource({"-,true", "-,false", ".,true", ".,false"})
  void acceptsTheNamesInUse(String separator, boolean gzip) {
    writeIdx(dir, 5, separator, gzip);
    DataSplits splits = Datasets.load(request("mnist", dir, null, null), nowhere());
    assertThat(splits.train().size()).isEqualTo(3);
    assertThat(splits.test().size()).isEqualTo(2);
    assertThat(splits.train().name()).isEqualTo("mnist/train");
    assertThat(pixel(splits)).isEqualTo(5);
  }

  @Test
  void searchesInOrder() {
    Path shared = dir.resolve("shared");
    Path cache = dir.resolve("cache");
    Path usr = dir.resolve("usr");
    Path local = dir.resolve("local");
    DataLocations locations = new DataLocations(shared, cache, List.of(usr, local));
    DataRequest mnist = DataRequest.of("mnist");
    writeIdx(local.resolve("mnist"), 4, "-", true);
    assertThat(pixel(Datasets.load(mnist, locations))).isEqualTo(4);
    writeIdx(usr.resolve("mnist"), 3, "-", true);
    assertThat(pixel(Datasets.load(mnist, locations))).isEqualTo(3);
    writeIdx(cache.resolve("mnist"), 2, "-", true);
    assertThat(pixel(Datasets.load(mnist, locations))).isEqualTo(2);
    writeIdx(shared.resolve("mnist"), 1, "-", true);
    assertThat(pixel(Datasets.load(mnist, locations))).isEqualTo(1);
    // Fashion-MNIST has the same file names and must not be taken from MNIST's folder.
    writeIdx(usr.resolve("fashion-mnist"), 9, "-", true);
    assertThat(pixel(Datasets.load(DataRequest.of("fashion-mnist"), locations))).isEqualTo(9);
    // A given folder comes before all, its subfolder before itself.
    Path given = dir.resolve("given");
    writeIdx(given, 8, "-", true);
    assertThat(pixel(Datasets.load(request("mnist", given, null, null), locations))).isEqualTo(8);
    writeIdx(given.resolve("mnist"), 7, "-", true);
    assertThat(pixel(Datasets.load(request("mnist", given, null, null), locations))).isEqualTo(7);
  }

  @Test
  void sharedFolderMayBeTheSetItself() {
    writeIdx(dir.resolve("mnist"), 6, "-", false);
    DataLocations locations =
        new DataLocations(dir.resolve("mnist"), dir.resolve("cache"), List.of());
    assertThat(pixel(Datasets.load(DataRequest.of("mnist"), locations))).isEqualTo(6);
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("fashion-mnist"), locations))
        .isInstanceOf(BadInputException.class);
  }

  @Test
  void locationsFollowTheEnvironment() {
    Path home = dir.resolve("home");
    DataLocations plain = DataLocations.from(Map.of(), home);
    assertThat(plain.shared()).isNull();
    assertThat(plain.downloadFolder("mnist"))
        .isEqualTo(home.resolve(".cache").resolve("lemniscate").resolve("mnist"));
    assertThat(plain.candidates("fashion-mnist"))
        .containsExactly(
            home.resolve(".cache/lemniscate/fashion-mnist"),
            Path.of("/usr/share/datasets/fashion-mnist"),
            Path.of("/usr/local/share/datasets/fashion-mnist"));
    DataLocations set =
        DataLocations.from(
            Map.of("LEMNISCATE_DATA", dir + "/d", "XDG_CACHE_HOME", dir + "/xdg"), home);
    assertThat(set.candidates("mnist").subList(0, 2))
        .containsExactly(dir.resolve("d/mnist"), dir.resolve("xdg/lemniscate/mnist"));
    assertThat(DataLocations.from(Map.of("XDG_CACHE_HOME", "relative"), home)).isEqualTo(plain);
  }

  @Test
  void saysWhatIsMissingFromAGivenFolder() throws IOException {
    // Files elsewhere do not stand in for those of a folder that was named.
    writeIdx(dir.resolve("cache").resolve("mnist"), 1, "-", true);
    Path given = dir.resolve("given");
    writeIdx(given, 1, "-", true);
    Files.delete(given.resolve("t10k-labels-idx1-ubyte.gz"));
    assertThatThrownBy(() -> Datasets.load(request("mnist", given, null, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.dir is " + given)
        .hasMessageContaining("lacks t10k-labels-idx1-ubyte of mnist")
        .hasMessageContaining("train-images-idx3-ubyte")
        .hasMessageContaining(".gz");
    assertThatThrownBy(() -> Datasets.load(request("cifar-10", given, null, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data_batch_1.bin")
        .hasMessageContaining("test_batch.bin");
    assertThatThrownBy(
            () -> Datasets.load(request("mnist", dir.resolve("absent"), null, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("absent, which is not a folder");
  }

  @Test
  void saysWhereItSearched() {
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("fashion-mnist"), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(dir.resolve("cache/fashion-mnist").toString())
        .hasMessageContaining(dir.resolve("usr/fashion-mnist").toString())
        .hasMessageContaining("lemniscate data get fashion-mnist")
        .hasMessageContaining("dataset-fashion-mnist")
        .hasMessageContaining("LEMNISCATE_DATA");
  }

  @Test
  void loadsCifar10() {
    CifarReaderTest.writeSet(dir.resolve("cifar-10"));
    DataSplits splits = Datasets.load(request("cifar-10", dir, 7, null), nowhere());
    assertThat(splits.train().size()).isEqualTo(7);
    assertThat(splits.test().size()).isEqualTo(1);
  }

  @Test
  void readsTheFoldersOfTorchvision() {
    writeIdx(dir.resolve("MNIST/raw"), 3, "-", false);
    writeIdx(dir.resolve("FashionMNIST/raw"), 4, "-", true);
    assertThat(pixel(Datasets.load(request("mnist", dir, null, null), nowhere()))).isEqualTo(3);
    assertThat(pixel(Datasets.load(request("fashion-mnist", dir, null, null), nowhere())))
        .isEqualTo(4);
    for (String own : List.of("MNIST", "MNIST/raw")) {
      DataRequest request = request("mnist", dir.resolve(own), null, null);
      assertThat(pixel(Datasets.load(request, nowhere()))).isEqualTo(3);
    }
    // The shared folder may be torchvision's, too.
    DataLocations shared = new DataLocations(dir, dir.resolve("cache"), List.of());
    assertThat(pixel(Datasets.load(DataRequest.of("mnist"), shared))).isEqualTo(3);
    assertThat(pixel(Datasets.load(DataRequest.of("fashion-mnist"), shared))).isEqualTo(4);
  }

  @Test
  void readsTheSplitsOfEmnist() {
    Path folder = dir.resolve("gzip");
    byte[] images = DataFiles.gzip(DataFiles.images(0x803, 1, 2, 2, DataFiles.bytes(1, 2, 3, 4)));
    byte[] labels = DataFiles.gzip(DataFiles.labels(0x801, 1, DataFiles.bytes(7)));
    for (PublicSet set : PublicSet.EMNIST) {
      for (String half : List.of("train", "test")) {
        String start = set.name() + "-" + half;
        DataFiles.write(folder.resolve(start + "-images-idx3-ubyte.gz"), images);
        DataFiles.write(folder.resolve(start + "-labels-idx1-ubyte.gz"), labels);
      }
      DataSplits splits = Datasets.load(request(set.name(), dir, null, null), nowhere());
      assertThat(splits.train().label(0)).isEqualTo(set.name().endsWith("letters") ? 6 : 7);
      float[] x = new float[4];
      splits.test().copyFeatures(0, Normalization.none(), x, 0);
      assertThat(x).containsExactly(1, 3, 2, 4);
    }
    assertThat(PublicSet.EMNIST.stream().map(PublicSet::name))
        .containsExactly(
            "emnist-balanced",
            "emnist-byclass",
            "emnist-bymerge",
            "emnist-digits",
            "emnist-letters",
            "emnist-mnist");
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("emnist-letters"), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("nist.gov")
        .hasMessageNotContaining("data get");
  }

  // ---- synthetic, npz, idx, names ----

  private static DataRequest options(String name, Path dir, DataOptions options) {
    return new DataRequest(name, dir, null, null, null, options, 0);
  }

  @Test
  void loadsIdxFilesOfAnyName() {
    writeIdx(dir.resolve("mine"), 5, "-", true);
    DataSplits splits = Datasets.load(DataRequest.of("idx:" + dir.resolve("mine")), nowhere());
    assertThat(pixel(splits)).isEqualTo(5);
    // The only label is 0.
    assertThat(splits.train().outputs()).isEqualTo(1);
    assertThat(splits.train().shape()).isEqualTo(new ExampleShape(1, 2, 1));
    assertThat(Datasets.load(request("idx:mine", dir, 2, null), nowhere()).train().size())
        .isEqualTo(2);

    List<Path> names = List.of(Path.of("a"), Path.of("b"), Path.of("c"), Path.of("d"));
    DataFiles.write(dir.resolve("mine/a"), DataFiles.images(0x803, 1, 1, 2, DataFiles.bytes(9, 9)));
    DataFiles.write(dir.resolve("mine/b"), DataFiles.labels(0x801, 1, DataFiles.bytes(5)));
    DataFiles.write(dir.resolve("mine/c"), DataFiles.images(0x803, 1, 1, 2, DataFiles.bytes(9, 9)));
    DataFiles.write(dir.resolve("mine/d"), DataFiles.labels(0x801, 1, DataFiles.bytes(6)));
    DataSplits named =
        Datasets.load(options("idx:mine", dir, new DataOptions(names, 12, null, null)), nowhere());
    assertThat(pixel(named)).isEqualTo(9);
    assertThat(named.train().outputs()).isEqualTo(12);
    assertThat(named.test().label(0)).isEqualTo(6);

    assertThatThrownBy(() -> Datasets.load(request("idx:none", dir, null, null), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.name is 'idx:none'")
        .hasMessageContaining("lacks all files")
        .hasMessageContaining("data.files");
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("idx: "), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("idx:data/my-set");
    assertThatThrownBy(() -> new DataOptions(names.subList(0, 3), null, null, null))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.files is [a, b, c], expected four");
  }

  @ParameterizedTest
  @CsvSource({
    "mnist,data.files",
    "mnist,data.classes",
    "cifar-100,data.shape",
    "synthetic,data.classes",
    "fashion-mnist-mini,data.labels",
    "cifar-10,data.labels",
    "npz:x,data.files",
    "npz:x,data.labels",
    "idx:x,data.labels"
  })
  void refusesOptionsThatSayNothing(String name, String key) {
    DataOptions options =
        new DataOptions(
            key.equals("data.files") ? Collections.nCopies(4, Path.of("f")) : null,
            key.equals("data.classes") ? 5 : null,
            key.equals("data.shape") ? new ExampleShape(1, 2, 3) : null,
            key.equals("data.labels") ? "coarse" : null);
    assertThatThrownBy(() -> Datasets.load(options(name, null, options), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageStartingWith(key + " is ")
        .hasMessageContaining(name + " has no use for it");
  }

  @Test
  void checkingReadsWhatHasNoKnownHashes() {
    DataFiles.write(dir.resolve("cifar-10-python.tar.gz"), new byte[9]);
    DatasetStatus listed = Datasets.status("cifar-10", dir, nowhere(), false);
    assertThat(listed.state()).isEqualTo(DatasetStatus.State.NOT_CHECKED);
    assertThat(listed.path()).endsWith("cifar-10-python.tar.gz");
    assertThat(listed.train()).isNull();
    DatasetStatus checked = Datasets.status("cifar-10", dir, nowhere(), true);
    assertThat(checked.state()).isEqualTo(DatasetStatus.State.DIFFERS);
    assertThat(checked.remedy()).contains("cifar-10-python.tar.gz");
    CifarReaderTest.writeSet(dir.resolve("cifar-10-batches-bin"));
    DatasetStatus binary = Datasets.status("cifar-10", dir, nowhere(), false);
    assertThat(binary.train()).isEqualTo(10);
    assertThat(binary.test()).isEqualTo(1);
    assertThat(Datasets.status("cifar-10", dir, nowhere(), true).state())
        .isEqualTo(DatasetStatus.State.DIFFERS);
  }

  @Test
  void makesSyntheticSetsOfTheSizesAskedFor() {
    DataRequest seeded = new DataRequest("synthetic", null, 20_000, 3, 77);
    DataSplits splits = Datasets.load(seeded, nowhere());
    assertThat(splits.train().size()).isEqualTo(20_000);
    assertThat(splits.test().size()).isEqualTo(3);
    assertThat(splits.train().classification()).isTrue();
    assertThat(Datasets.load(seeded, nowhere()).sha256()).isEqualTo(splits.sha256());
    DataSplits regression = Datasets.load(DataRequest.of("synthetic-regression"), nowhere());
    assertThat(regression.train().classification()).isFalse();
    assertThat(regression.train().size()).isEqualTo(8192);
  }

  @Test
  void holdsBackTheLastTrainingExamplesThatAreUsed() {
    DataRequest all = new DataRequest("synthetic", null, 50, 9, 77);
    DataSplits splits = Datasets.load(new DataRequest("synthetic", null, 50, 9, 12, 77), nowhere());
    Dataset train = Datasets.load(all, nowhere()).train();
    assertThat(splits.train().sha256()).isEqualTo(train.subset(38).sha256());
    assertThat(splits.test().sha256()).isEqualTo(train.last(12).sha256());
    assertThatThrownBy(
            () -> Datasets.load(new DataRequest("synthetic", null, 50, 9, 50, 77), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.validation is 50");
    assertThatThrownBy(() -> new DataRequest("synthetic", null, 50, 9, 0, 77))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.validation is 0");
  }

  @Test
  void loadsNpzByPath() {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("x_train.npy", DataFiles.npy("<f4", "(2, 1)", DataFiles.floats(1, 2)));
    arrays.put("y_train.npy", DataFiles.npy("<f4", "(2,)", DataFiles.floats(3, 4)));
    arrays.put("x_test.npy", DataFiles.npy("<f4", "(1, 1)", DataFiles.floats(1)));
    arrays.put("y_test.npy", DataFiles.npy("<f4", "(1,)", DataFiles.floats(3)));
    Path file = DataFiles.write(dir.resolve("set.npz"), DataFiles.zip(arrays));
    DataSplits splits = Datasets.load(request("npz:" + file, null, 1, null), nowhere());
    assertThat(splits.train().size()).isEqualTo(1);
    assertThat(splits.train().outputs()).isEqualTo(1);
    assertThat(Datasets.load(request("npz:set.npz", dir, null, null), nowhere()).train().size())
        .isEqualTo(2);
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("npz:"), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("npz:data/my-set.npz");
  }

  @ParameterizedTest
  @CsvSource({
    "minst,mnist",
    "MNIST,mnist",
    "fashion-minst,fashion-mnist",
    "cifar10,cifar-10",
    "synthetic-regresion,synthetic-regression"
  })
  void suggestsTheNearestName(String wrong, String meant) {
    assertThatThrownBy(() -> Datasets.load(DataRequest.of(wrong), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("'" + wrong + "' is unknown")
        .hasMessageContaining("did you mean '" + meant + "'?")
        .hasMessageContaining(String.join(", ", Datasets.names()));
  }

  @Test
  void suggestsNothingFarFetched() {
    assertThatThrownBy(() -> Datasets.load(DataRequest.of("imagenet-21k"), nowhere()))
        .isInstanceOf(BadInputException.class)
        .hasMessageNotContaining("did you mean");
  }

  // ---- list ----

  @Test
  void listsWhatIsThere() {
    writeIdx(dir.resolve("cache").resolve("mnist"), 1, "-", true);
    DataFiles.write(dir.resolve("usr/cifar-10/data_batch_1.bin"), new byte[1]);
    Map<String, DatasetStatus> byName = new LinkedHashMap<>();
    Datasets.list(nowhere(), false).forEach(s -> byName.put(s.name(), s));
    assertThat(byName.keySet()).containsExactlyElementsOf(Datasets.names());

    DatasetStatus mnist = byName.get("mnist");
    assertThat(mnist.path()).isEqualTo(dir.resolve("cache").resolve("mnist").toString());
    assertThat(mnist.train()).isEqualTo(3);
    assertThat(mnist.test()).isEqualTo(2);
    assertThat(mnist.state()).isEqualTo(DatasetStatus.State.NOT_CHECKED);
    assertThat(mnist.ok()).isTrue();

    DatasetStatus cifar = byName.get("cifar-10");
    assertThat(cifar.path()).isNull();
    assertThat(cifar.state()).isEqualTo(DatasetStatus.State.MISSING);
    assertThat(cifar.ok()).isFalse();
    assertThat(cifar.remedy()).contains("lemniscate data get cifar-10");

    assertThat(byName.get("fashion-mnist-mini").train()).isEqualTo(10_000);
    assertThat(byName.get("synthetic").state()).isEqualTo(DatasetStatus.State.GENERATED);
  }

  @Test
  void verifyingFindsFilesThatAreNotTheOfficialOnes() {
    writeIdx(dir, 1, "-", true);
    DatasetStatus status = Datasets.status("mnist", dir, nowhere(), true);
    assertThat(status.state()).isEqualTo(DatasetStatus.State.DIFFERS);
    assertThat(status.ok()).isFalse();
    assertThat(status.sha256()).hasSize(64);
    assertThat(status.remedy()).contains("train-images-idx3-ubyte.gz").contains("data get mnist");
    DataFiles.write(dir.resolve("t10k-images-idx3-ubyte.gz"), DataFiles.bytes(0x1f, 0x8b, 3));
    DatasetStatus damaged = Datasets.status("mnist", dir, nowhere(), false);
    assertThat(damaged.state()).isEqualTo(DatasetStatus.State.DIFFERS);
    assertThat(damaged.remedy()).contains("t10k-images-idx3-ubyte.gz");
    assertThatThrownBy(() -> Datasets.status("nope", null, nowhere(), false))
        .isInstanceOf(BadInputException.class);
  }
}
