package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CifarReaderTest {
  private static final int RECORD = 3073;

  @TempDir private Path dir;

  /**
   * Records with labels as given; pixel p of record r of file f is (f * 50 + r * 10 + p) mod 256.
   */
  static byte[] records(int file, int... labels) {
    return records(file, labels, 1);
  }

  /** The same with two labels in a record. */
  private static byte[] twice(int file, int... labels) {
    return records(file, labels, 2);
  }

  private static byte[] records(int file, int[] labels, int labelBytes) {
    int record = labelBytes + 3072;
    byte[] out = new byte[labels.length / labelBytes * record];
    for (int r = 0; r < labels.length / labelBytes; r++) {
      for (int k = 0; k < labelBytes; k++) {
        out[r * record + k] = (byte) labels[r * labelBytes + k];
      }
      for (int p = 0; p < 3072; p++) {
        out[r * record + labelBytes + p] = (byte) (file * 50 + r * 10 + p);
      }
    }
    return out;
  }

  static void writeSet(Path folder) {
    for (int f = 1; f <= 5; f++) {
      DataFiles.write(folder.resolve("data_batch_" + f + ".bin"), records(f, f, 9 - f));
    }
    DataFiles.write(folder.resolve("test_batch.bin"), records(0, 7));
  }

  private static byte[] binaryTar() {
    byte[] tar = DataFiles.tarEntry("cifar-10-batches-bin/", '5', new byte[0]);
    for (int f = 5; f >= 1; f--) {
      tar =
          DataFiles.concat(
              tar,
              DataFiles.tarEntry(
                  "cifar-10-batches-bin/data_batch_" + f + ".bin", '0', records(f, f, 9 - f)));
    }
    return DataFiles.concat(
        tar,
        DataFiles.tarEntry("cifar-10-batches-bin/readme.html", '0', new byte[88]),
        DataFiles.tarEntry("cifar-10-batches-bin/test_batch.bin", '0', records(0, 7)),
        new byte[1024]);
  }

  /** An archive that Python 2 made; {@code make.py} beside it says how. */
  private static byte[] resource(String name) {
    try (InputStream in =
        CifarReaderTest.class.getResourceAsStream("/lemniscate/data/cifar/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file of that name in an archive. */
  private static byte[] unpacked(String archive, String file) {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(resource(archive)))) {
      TarInput tar = new TarInput(in);
      for (TarInput.Entry entry = tar.next(); entry != null; entry = tar.next()) {
        if (entry.fileName().equals(file)) {
          return tar.content().readAllBytes();
        }
      }
      throw new AssertionError(archive + " has no " + file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DataSplits read(CifarSet set, boolean coarse) {
    return CifarReader.read("cifar", Objects.requireNonNull(set.locate(dir, true)), coarse);
  }

  private DataSplits read() {
    return read(CifarSet.CIFAR_10, false);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused() {
    return assertThatThrownBy(this::read).isInstanceOf(BadInputException.class);
  }

  private static List<Integer> labels(Dataset data) {
    List<Integer> labels = new ArrayList<>();
    for (int i = 0; i < data.size(); i++) {
      labels.add(data.label(i));
    }
    return labels;
  }

  @Test
  void readsRecordsOfAllFilesInOrderWithTheChannelsLast() {
    writeSet(dir);
    DataSplits splits = read();
    Dataset train = splits.train();
    assertThat(train.size()).isEqualTo(10);
    assertThat(train.features()).isEqualTo(3072);
    assertThat(train.shape()).isEqualTo(new ExampleShape(32, 32, 3));
    assertThat(train.last(3).shape()).isEqualTo(train.subset(2).shape()).isEqualTo(train.shape());
    assertThat(train.outputs()).isEqualTo(10);
    assertThat(splits.test().size()).isEqualTo(1);
    assertThat(splits.test().label(0)).isEqualTo(7);
    assertThat(labels(train)).containsExactly(1, 8, 2, 7, 3, 6, 4, 5, 5, 4);
    float[] x = new float[3072];
    train.copyFeatures(5, Normalization.none(), x, 0); // file 3, record 1
    for (int p = 0; p < 1024; p++) {
      for (int c = 0; c < 3; c++) {
        assertThat(x[p * 3 + c]).isEqualTo((160 + c * 1024 + p) % 256);
      }
    }
  }

  @Test
  void everyVersionIsTheSameSet() {
    writeSet(dir.resolve("a/cifar-10-batches-bin"));
    DataFiles.write(dir.resolve("b/cifar-10-binary.tar.gz"), DataFiles.gzip(binaryTar()));
    DataFiles.write(dir.resolve("c/cifar-10-binary.tar.gz"), binaryTar()); // not compressed
    DataFiles.write(dir.resolve("d/cifar-10-python.tar.gz"), resource("cifar-10-python.tar.gz"));
    for (int f = 1; f <= 5; f++) {
      DataFiles.write(
          dir.resolve("e/cifar-10-batches-py/data_batch_" + f),
          unpacked("cifar-10-python.tar.gz", "data_batch_" + f));
    }
    DataFiles.write(
        dir.resolve("e/cifar-10-batches-py/test_batch"),
        unpacked("cifar-10-python.tar.gz", "test_batch"));
    writeSet(dir.resolve("f"));
    String expected =
        CifarReader.read("x", CifarSet.CIFAR_10.locate(dir.resolve("f"), true), false).sha256();
    for (String folder : List.of("a", "b", "c", "d", "e")) {
      // Not as a folder of its own: the names tell the set.
      CifarFiles files = CifarSet.CIFAR_10.locate(dir.resolve(folder), false);
      assertThat(files).as(folder).isNotNull();
      assertThat(CifarReader.read("x", files, false).sha256()).as(folder).isEqualTo(expected);
    }
    assertThat(CifarSet.CIFAR_10.locate(dir.resolve("f"), false)).isNull();
  }

  @Test
  void readsFineAndCoarseLabelsOfCifar100() {
    DataFiles.write(dir.resolve("cifar-100-python.tar.gz"), resource("cifar-100-python.tar.gz"));
    DataSplits python = read(CifarSet.CIFAR_100, false);
    assertThat(python.train().outputs()).isEqualTo(100);
    assertThat(labels(python.train())).containsExactly(19, 99, 0);
    assertThat(labels(python.test())).containsExactly(49);
    DataSplits coarse = read(CifarSet.CIFAR_100, true);
    assertThat(coarse.train().outputs()).isEqualTo(20);
    assertThat(labels(coarse.train())).containsExactly(11, 19, 0);
    // The binary version of the same images: coarse label, fine label, planes.
    Path binary = dir.resolve("cifar-100-binary");
    DataFiles.write(binary.resolve("train.bin"), twice(0, 11, 19, 19, 99, 0, 0));
    DataFiles.write(binary.resolve("test.bin"), twice(1, 4, 49));
    assertThat(read(CifarSet.CIFAR_100, false).sha256()).isEqualTo(python.sha256());
    assertThat(read(CifarSet.CIFAR_100, true).sha256()).isEqualTo(coarse.sha256());
  }

  @Test
  void refusesLabelsOutOfRange() {
    writeSet(dir);
    Path file = dir.resolve("data_batch_2.bin");
    DataFiles.write(file, records(2, 0, 10));
    refused().hasMessageContaining("data_batch_2.bin: label 10 of record 1");
    Path binary = dir.resolve("cifar-100-binary");
    DataFiles.write(binary.resolve("test.bin"), twice(1, 4, 49));
    DataFiles.write(binary.resolve("train.bin"), twice(0, 3, 100));
    assertThatThrownBy(() -> read(CifarSet.CIFAR_100, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("train.bin: label 100 of record 0")
        .hasMessageContaining("0 to 99");
    // Also where the fine labels are asked for: the file is not what it should be.
    DataFiles.write(binary.resolve("train.bin"), twice(0, 20, 9));
    assertThatThrownBy(() -> read(CifarSet.CIFAR_100, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("label 20 of record 0")
        .hasMessageContaining("0 to 19");
  }

  @Test
  void refusesWrongLengths() {
    writeSet(dir);
    Path file = dir.resolve("data_batch_2.bin");
    for (int length : new int[] {0, 1, RECORD - 1, 2 * RECORD + 1}) {
      DataFiles.write(file, new byte[length]);
      refused()
          .hasMessageContaining("data_batch_2.bin has " + length + " bytes")
          .hasMessageContaining("multiple of 3073");
    }
    DataFiles.write(file, DataFiles.gzip(records(2, 0)));
    refused().hasMessageContaining("data_batch_2.bin is compressed by gzip");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cifar-10-binary.tar.gz", "cifar-10-python.tar.gz"})
  void refusesArchivesCutShort(String name) {
    byte[] whole = name.contains("python") ? resource(name) : DataFiles.gzip(binaryTar());
    for (int length : new int[] {2, 30, whole.length / 2, whole.length - 9, whole.length - 1}) {
      DataFiles.write(dir.resolve(name), Arrays.copyOf(whole, length));
      refused().hasMessageContaining(name).hasMessageContaining("fetch it again");
    }
    byte[] checksum = whole.clone();
    checksum[whole.length - 8] ^= 1;
    DataFiles.write(dir.resolve(name), checksum);
    refused().hasMessageContaining(name).hasMessageContaining("corrupt");
  }

  @Test
  void refusesArchivesOfSomethingElse() {
    byte[] tar = DataFiles.concat(DataFiles.tarEntry("x/y", '0', new byte[3]), new byte[1024]);
    Path archive = dir.resolve("cifar-10-binary.tar.gz");
    DataFiles.write(archive, DataFiles.gzip(tar));
    refused()
        .hasMessageContaining("cifar-10-binary.tar.gz lacks data_batch_1.bin, data_batch_2.bin")
        .hasMessageContaining("fetch it again");
    DataFiles.write(archive, "<!DOCTYPE html>".repeat(99).getBytes(StandardCharsets.US_ASCII));
    refused().hasMessageContaining("cifar-10-binary.tar.gz").hasMessageContaining("corrupt");
  }

  // ---- pickles ----

  /** Puts a pickle in the place of a training file of the python version. */
  private AbstractThrowableAssert<?, ? extends Throwable> refusedPickle(byte[] pickle) {
    Path folder = dir.resolve("cifar-100-python");
    DataFiles.write(folder.resolve("train"), pickle);
    DataFiles.write(folder.resolve("test"), pickle);
    return assertThatThrownBy(() -> read(CifarSet.CIFAR_100, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("train");
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void refusesWhatIsNoPickleOfCifar() {
    refusedPickle(new byte[0]).hasMessageContaining("ends after 0");
    refusedPickle(latin("(dp0\n.")).hasMessageContaining("protocol 2");
    // Python 3 writes text by another opcode; nothing of CIFAR's is such.
    refusedPickle(latin("\u0080\u0002}X\u0001\0\0\0ks."))
        .hasMessageContaining("opcode 0x58 at byte 3");
    refusedPickle(latin("\u0080\u0002}.")).hasMessageContaining("'data' is missing");
    refusedPickle(latin("\u0080\u0002].")).hasMessageContaining("it is no dictionary");
    refusedPickle(latin("\u0080\u0002}U\u0004dataK\u0001s."))
        .hasMessageContaining("'data' is 1, expected a uint8 array");
    refusedPickle(latin("\u0080\u0002}.x")).hasMessageContaining("more bytes than one pickle");
  }

  @Test
  void runsNoCode() {
    // What pickle.load would do here: os.system("true").
    refusedPickle(latin("\u0080\u0002cos\nsystem\nU\u0004true\u0085R."))
        .hasMessageContaining("names 'os system'")
        .hasMessageContaining("can run code");
    refusedPickle(latin("\u0080\u0002cnumpy\nndarray\n)R."))
        .hasMessageContaining("something other than an array is made");
  }

  @Test
  void refusesPicklesThatAreNotWellFormed() {
    for (String body :
        List.of(
            ".",
            "t.",
            "s.",
            "R.",
            "b.",
            "\u0086.",
            "q\u0001.",
            "h\u0001.",
            "}K\u0001K\u0002s.",
            "}K\u0001a.",
            "}U\u0001a(u.",
            "}(U\u0001au.",
            "K\u0001K\u0002.",
            "(}.",
            "}K\u0001b.",
            "T\u00ff\u00ff\u00ff\u00ff",
            "c" + "x".repeat(200) + "\n",
            "(".repeat(100) + ".")) {
      refusedPickle(latin("\u0080\u0002" + body));
    }
  }

  @Test
  void refusesPicklesCutShortAnywhere() {
    byte[] whole = unpacked("cifar-100-python.tar.gz", "train");
    for (int length = 0; length < whole.length; length += length < 300 ? 1 : 97) {
      refusedPickle(Arrays.copyOf(whole, length)).hasMessageContaining("ends after");
    }
  }

  @Test
  void refusesArraysAndLabelsThatDoNotFit() {
    String whole =
        new String(unpacked("cifar-100-python.tar.gz", "train"), StandardCharsets.ISO_8859_1);
    // 3 images of 3072: the shape says 4.
    refusedPickle(latin(whole.replace("K\u0003M\u0000\u000c\u0086", "K\u0004M\u0000\u000c\u0086")))
        .hasMessageContaining("an array of shape [4, 3072] has 9216 bytes");
    refusedPickle(latin(whole.replace("U\u0002u1", "U\u0002i1")))
        .hasMessageContaining("of type 'i1', expected a uint8 array of shape (n, 3072)");
    refusedPickle(latin(whole.replace("fine_labels", "tiny_labels")))
        .hasMessageContaining("'fine_labels' is missing");
    refusedPickle(latin(whole.replace("K\u0013Kc", "K\u0013Kd")))
        .hasMessageContaining("train: label 100 of image 1 is out of range, expected 0 to 99");
  }

  @Test
  void readsArraysColumnByColumn() throws IOException {
    byte[] whole = unpacked("cifar-100-python.tar.gz", "train");
    DataFiles.write(dir.resolve("cifar-100-python/train"), whole);
    DataFiles.write(dir.resolve("cifar-100-python/test"), whole);
    float[] expected = new float[3072];
    read(CifarSet.CIFAR_100, false).train().copyFeatures(2, Normalization.none(), expected, 0);
    // NEWFALSE before the elements becomes NEWTRUE, and they are put in that order.
    int elements = new String(whole, StandardCharsets.ISO_8859_1).indexOf("\u0089T") + 6;
    byte[] turned = whole.clone();
    turned[elements - 6] = (byte) 0x88;
    for (int r = 0; r < 3; r++) {
      for (int p = 0; p < 3072; p++) {
        turned[elements + p * 3 + r] = whole[elements + r * 3072 + p];
      }
    }
    Files.write(dir.resolve("cifar-100-python/train"), turned);
    float[] found = new float[3072];
    read(CifarSet.CIFAR_100, false).train().copyFeatures(2, Normalization.none(), found, 0);
    assertThat(found).isEqualTo(expected);
  }
}
