package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
  private static final IdxLayout TEN = IdxLayout.mnist("MNIST", 10);
  // 3 images of 2 x 2.
  private static final byte[] PIXELS =
      DataFiles.bytes(0, 1, 2, 3, 128, 129, 130, 131, 255, 254, 253, 252);
  private static final byte[] GOOD_IMAGES = DataFiles.images(IMAGES, 3, 2, 2, PIXELS);
  private static final byte[] GOOD_LABELS = DataFiles.labels(LABELS, 3, DataFiles.bytes(9, 0, 4));

  @TempDir private Path dir;

  private Dataset read(byte[] images, byte[] labels) {
    return IdxReader.read(
        "tiny",
        DataFiles.write(dir.resolve("images-idx3-ubyte"), images),
        DataFiles.write(dir.resolve("labels-idx1-ubyte"), labels),
        TEN);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] images, byte[] labels) {
    return assertThatThrownBy(() -> read(images, labels)).isInstanceOf(BadInputException.class);
  }

  private static void expectTiny(Dataset data) {
    assertThat(data.size()).isEqualTo(3);
    assertThat(data.features()).isEqualTo(4);
    assertThat(data.outputs()).isEqualTo(10);
    assertThat(new int[] {data.label(0), data.label(1), data.label(2)}).containsExactly(9, 0, 4);
    float[] x = new float[4];
    data.copyFeatures(1, Normalization.none(), x, 0);
    assertThat(x).containsExactly(128, 129, 130, 131);
    data.copyFeatures(2, Normalization.none(), x, 0);
    assertThat(x).containsExactly(255, 254, 253, 252);
  }

  @Test
  void readsPlainAndCompressedWhateverTheName() {
    expectTiny(read(GOOD_IMAGES, GOOD_LABELS));
    expectTiny(read(DataFiles.gzip(GOOD_IMAGES), GOOD_LABELS));
    Path plainButGzName = DataFiles.write(dir.resolve("i.gz"), GOOD_IMAGES);
    Path labels = DataFiles.write(dir.resolve("l"), DataFiles.gzip(GOOD_LABELS));
    expectTiny(IdxReader.read("tiny", plainButGzName, labels, TEN));
    assertThat(IdxReader.count(plainButGzName)).isEqualTo(3);
    assertThat(IdxReader.count(labels)).isEqualTo(3);
  }

  @Test
  void refusesWrongMagic() {
    refused(DataFiles.images(0x804, 3, 2, 2, PIXELS), GOOD_LABELS)
        .hasMessageContaining("images-idx3-ubyte")
        .hasMessageContaining("0x00000804")
        .hasMessageContaining("0x00000803 (images)");
    refused(GOOD_LABELS, GOOD_IMAGES)
        .hasMessageContaining("file of labels")
        .hasMessageContaining("swapped");
    refused(GOOD_IMAGES, GOOD_IMAGES)
        .hasMessageContaining("labels-idx1-ubyte starts with 0x00000803")
        .hasMessageContaining("swapped");
    refused("<!DOCTYPE html>".getBytes(StandardCharsets.US_ASCII), GOOD_LABELS)
        .hasMessageContaining("web page");
    Path neither = DataFiles.write(dir.resolve("images.gz"), DataFiles.bytes(1, 2, 3, 4, 5));
    assertThatThrownBy(() -> IdxReader.count(neither))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("images.gz")
        .hasMessageContaining("0x01020304")
        .hasMessageContaining("neither gzip (0x1f8b) nor IDX");
  }

  @Test
  void refusesTruncatedHeaders() {
    for (int length : new int[] {0, 1, 3, 4, 7, 15}) {
      refused(Arrays.copyOf(GOOD_IMAGES, length), GOOD_LABELS)
          .hasMessageContaining("images-idx3-ubyte ends after")
          .hasMessageContaining("fetch it again");
    }
    refused(GOOD_IMAGES, Arrays.copyOf(GOOD_LABELS, 6))
        .hasMessageContaining("labels-idx1-ubyte ends after");
  }

  @Test
  void refusesOtherLengthsThanTheHeaderPromises() {
    byte[] shorter = Arrays.copyOf(GOOD_IMAGES, GOOD_IMAGES.length - 1);
    byte[] longer = Arrays.copyOf(GOOD_IMAGES, GOOD_IMAGES.length + 1);
    refused(shorter, GOOD_LABELS).hasMessageContaining("has 27 bytes").hasMessageContaining("28");
    refused(longer, GOOD_LABELS).hasMessageContaining("has 29 bytes").hasMessageContaining("28");
    refused(DataFiles.gzip(shorter), GOOD_LABELS)
        .hasMessageContaining("ends after 11 of 12 bytes of pixels");
    refused(DataFiles.gzip(longer), GOOD_LABELS)
        .hasMessageContaining("more bytes than the 3 images");
    refused(GOOD_IMAGES, Arrays.copyOf(GOOD_LABELS, 12)).hasMessageContaining("has 12 bytes");
    refused(GOOD_IMAGES, DataFiles.gzip(Arrays.copyOf(GOOD_LABELS, 12)))
        .hasMessageContaining("more bytes than the 3 labels");
  }

  @Test
  void refusesLabelsOutOfRangeAndOtherCounts() {
    refused(GOOD_IMAGES, DataFiles.labels(LABELS, 3, DataFiles.bytes(9, 10, 0)))
        .hasMessageContaining("labels-idx1-ubyte: label 10 of example 1")
        .hasMessageContaining("0 to 9");
    refused(GOOD_IMAGES, DataFiles.labels(LABELS, 3, DataFiles.bytes(9, 255, 0)))
        .hasMessageContaining("label 255");
    refused(GOOD_IMAGES, DataFiles.labels(LABELS, 2, DataFiles.bytes(1, 2)))
        .hasMessageContaining("holds 3 images")
        .hasMessageContaining("holds 2 labels");
  }

  @Test
  void refusesCorruptGzip() {
    byte[] good = DataFiles.gzip(GOOD_IMAGES);
    byte[] cut = Arrays.copyOf(good, good.length - 9);
    refused(cut, GOOD_LABELS).hasMessageContaining("ends");
    // The trailer holds the checksum: without it the content cannot be trusted.
    refused(Arrays.copyOf(good, good.length - 3), GOOD_LABELS)
        .hasMessageContaining("gzip stream ends too early");
    byte[] checksum = good.clone();
    checksum[good.length - 8] ^= 1;
    refused(checksum, GOOD_LABELS)
        .hasMessageContaining("corrupt")
        .hasMessageContaining("images-idx3-ubyte");
    byte[] body = good.clone();
    body[10] = (byte) 0xff; // an invalid block type
    refused(body, GOOD_LABELS).hasMessageContaining("corrupt");
    refused(DataFiles.bytes(0x1f, 0x8b), GOOD_LABELS).hasMessageContaining("images-idx3-ubyte");
  }

  @Test
  void refusesAbsurdDimensionsWithoutAllocating() {
    byte[] big = DataFiles.images(IMAGES, 0x7fff_fff0, 1, 1, PIXELS);
    byte[] bigLabels = DataFiles.labels(LABELS, 0x7fff_fff0, DataFiles.bytes(1));
    refused(big, bigLabels).hasMessageContaining("has 28 bytes").hasMessageContaining("2147483648");
    // Compressed, the size is not known beforehand: memory may grow only with what is there. The
    // heap
    // of a test run holds 2 GiB only once, so two such arrays would fail.
    refused(DataFiles.gzip(big), DataFiles.gzip(bigLabels))
        .hasMessageContaining("200 times as many");
    refused(DataFiles.images(IMAGES, 70_000, 16_384, 16_384, PIXELS), GOOD_LABELS)
        .hasMessageContaining("more than");
    refused(DataFiles.images(IMAGES, 3, 16_385, 1, PIXELS), GOOD_LABELS)
        .hasMessageContaining("16385 rows");
    refused(DataFiles.images(IMAGES, 3, 1, 0, PIXELS), GOOD_LABELS)
        .hasMessageContaining("0 columns");
    refused(DataFiles.images(IMAGES, 0, 2, 2, PIXELS), GOOD_LABELS)
        .hasMessageContaining("0 images");
    refused(DataFiles.images(IMAGES, -1, 2, 2, PIXELS), GOOD_LABELS)
        .hasMessageContaining("4294967295 images");
  }

  @Test
  void refusesWhatIsNotAFile() {
    Path labels = DataFiles.write(dir.resolve("l"), GOOD_LABELS);
    assertThatThrownBy(() -> IdxReader.read("x", dir.resolve("absent"), labels, TEN))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("absent does not exist");
    assertThatThrownBy(() -> IdxReader.read("x", dir, labels, TEN))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("is a folder");
  }

  @Test
  void readsContentLongerThanTheFirstAllocation() {
    // 3 MB compressed: the buffer must grow twice and keep what it has.
    int n = 3_000;
    byte[] pixels = new byte[n * 1000];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i % 251);
    }
    Dataset data =
        read(
            DataFiles.gzip(DataFiles.images(IMAGES, n, 50, 20, pixels)),
            DataFiles.labels(LABELS, n, new byte[n]));
    float[] x = new float[1000];
    data.copyFeatures(n - 1, Normalization.none(), x, 0);
    assertThat(x[999]).isEqualTo((n * 1000 - 1) % 251);
    data.copyFeatures(1048, Normalization.none(), x, 0);
    assertThat(x[577]).isEqualTo(1_048_577 % 251);
  }

  // ---- other layouts ----

  @Test
  void putsImagesOfEmnistUpright() {
    // A 2 x 3 image [[1, 2, 3], [4, 5, 6]], stored by columns, as a header of 3 x 2 says.
    byte[] stored = DataFiles.bytes(1, 4, 2, 5, 3, 6, 10, 40, 20, 50, 30, 60);
    Path images = DataFiles.write(dir.resolve("i"), DataFiles.images(IMAGES, 2, 3, 2, stored));
    Path labels =
        DataFiles.write(dir.resolve("l"), DataFiles.labels(LABELS, 2, DataFiles.bytes(1, 26)));
    IdxLayout letters = IdxLayout.emnist("letters", 26, 1);
    Dataset data = IdxReader.read("letters", images, labels, letters);
    assertThat(data.shape()).isEqualTo(new ExampleShape(2, 3, 1));
    assertThat(data.outputs()).isEqualTo(26);
    assertThat(new int[] {data.label(0), data.label(1)}).containsExactly(0, 25);
    float[] x = new float[6];
    data.copyFeatures(0, Normalization.none(), x, 0);
    assertThat(x).containsExactly(1, 2, 3, 4, 5, 6);
    data.copyFeatures(1, Normalization.none(), x, 0);
    assertThat(x).containsExactly(10, 20, 30, 40, 50, 60);

    for (int wrong : new int[] {0, 27}) {
      DataFiles.write(labels, DataFiles.labels(LABELS, 2, DataFiles.bytes(1, wrong)));
      assertThatThrownBy(() -> IdxReader.read("letters", images, labels, letters))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining(
              "label " + wrong + " of example 1 is out of range, expected 1 to 26");
    }
  }

  /** A file of any type: magic, dimensions, elements, big-endian. */
  private Path idx(String name, int type, int[] dimensions, byte[] elements) {
    ByteBuffer buffer = ByteBuffer.allocate(4 + 4 * dimensions.length + elements.length);
    buffer.putInt(type << 8 | dimensions.length);
    Arrays.stream(dimensions).forEach(buffer::putInt);
    return DataFiles.write(dir.resolve(name), buffer.put(elements).array());
  }

  @Test
  void readsEveryElementType() {
    byte[] ones = DataFiles.bytes(0xff, 0, 0, 1, 0x80, 0, 0, 0);
    int[] four = {4};
    assertThat(IdxReader.array(idx("a", 0x08, new int[] {2, 2}, Arrays.copyOf(ones, 4))).floats())
        .containsExactly(255, 0, 0, 1);
    assertThat(IdxReader.array(idx("a", 0x09, four, Arrays.copyOf(ones, 4))).floats())
        .containsExactly(-1, 0, 0, 1);
    assertThat(IdxReader.array(idx("a", 0x0b, four, ones)).floats())
        .containsExactly(-256, 1, -32768, 0);
    assertThat(IdxReader.array(idx("a", 0x0c, new int[] {2, 1}, ones)).floats())
        .containsExactly(0xff000001, Integer.MIN_VALUE);
    byte[] numbers = ByteBuffer.allocate(8).putFloat(1.5f).putFloat(-0.1f).array();
    assertThat(IdxReader.array(idx("a", 0x0d, new int[] {2}, numbers)).floats())
        .containsExactly(1.5f, -0.1f);
    byte[] wide = ByteBuffer.allocate(16).putDouble(0.1).putDouble(-3).array();
    assertThat(IdxReader.array(idx("a", 0x0e, new int[] {2}, wide)).floats())
        .containsExactly(0.1f, -3);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refusedArray(Path file) {
    return assertThatThrownBy(() -> IdxReader.array(file))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void refusesArraysOfOtherTypesAndLengths() {
    refusedArray(idx("a", 0x0a, new int[] {1}, new byte[1]))
        .hasMessageContaining("0x00000a01")
        .hasMessageContaining("0d float32");
    refusedArray(idx("a", 0x08, new int[0], new byte[1])).hasMessageContaining("0x00000800");
    refusedArray(idx("a", 0x08, new int[] {1, 1, 1, 1, 1}, new byte[1]))
        .hasMessageContaining("1 to 4 dimensions");
    refusedArray(idx("a", 0x108, new int[] {1}, new byte[1])).hasMessageContaining("0x00010801");
    refusedArray(idx("a", 0x0d, new int[] {2}, new byte[7]))
        .hasMessageContaining("has 15 bytes, but its header promises 16");
    refusedArray(idx("a", 0x08, new int[] {0}, new byte[0])).hasMessageContaining("extent of 0");
    // 2^16 cubed bytes and more, which an int or a product modulo 2^64 would not see.
    refusedArray(idx("a", 0x0e, new int[] {1 << 16, 1 << 16, 1 << 16, 1 << 13}, new byte[0]))
        .hasMessageContaining("in dimension 2 of 4");
    byte[] gzip = DataFiles.gzip(Arrays.copyOf(GOOD_IMAGES, GOOD_IMAGES.length - 1));
    refusedArray(DataFiles.write(dir.resolve("a.gz"), gzip))
        .hasMessageContaining("ends after 11 of 12 bytes of elements");
  }

  private DataSplits splits(DataOptions options) {
    return IdxReader.readSplits(
        "mine",
        List.of(dir.resolve("x"), dir.resolve("y"), dir.resolve("x-test"), dir.resolve("y-test")),
        options);
  }

  private static DataOptions classes(int count) {
    return new DataOptions(null, count, null, null);
  }

  @Test
  void readsSetsOfAnyTypeAndClassCount() {
    byte[] floats = ByteBuffer.allocate(32).putFloat(0.5f).putFloat(28, -2).array();
    idx("x", 0x0d, new int[] {2, 2, 1, 2}, floats);
    idx("y", 0x0c, new int[] {2}, ByteBuffer.allocate(8).putInt(0).putInt(300).array());
    idx("x-test", 0x0d, new int[] {1, 2, 1, 2}, new byte[16]);
    idx("y-test", 0x0c, new int[] {1}, new byte[4]);
    DataSplits splits = splits(DataOptions.NONE);
    assertThat(splits.train().shape()).isEqualTo(new ExampleShape(2, 1, 2));
    assertThat(splits.train().outputs()).isEqualTo(301);
    assertThat(splits.train().label(1)).isEqualTo(300);
    assertThat(splits.train().byteFeatures()).isFalse();
    float[] x = new float[4];
    splits.train().copyFeatures(1, Normalization.none(), x, 0);
    assertThat(x).containsExactly(0, 0, 0, -2);
    assertThat(splits(classes(1000)).test().outputs()).isEqualTo(1000);
    assertThatThrownBy(() -> splits(classes(300)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(dir.resolve("y") + ": label 300 of example 1 is out of range")
        .hasMessageContaining("0 to 299")
        .hasMessageContaining("data.classes");
  }

  @Test
  void refusesFilesThatDoNotBelongTogether() {
    byte[] two = new byte[4];
    idx("x", 0x08, new int[] {1, 2, 2}, two);
    idx("y", 0x08, new int[] {1}, new byte[1]);
    idx("x-test", 0x08, new int[] {1, 1, 4}, two);
    idx("y-test", 0x08, new int[] {1}, new byte[1]);
    // As many numbers, but images of another size.
    assertThatThrownBy(() -> splits(DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("train has 2 x 2 x 1 byte features")
        .hasMessageContaining("test has 1 x 4 x 1 byte features");
    idx("x-test", 0x0d, new int[] {1, 1, 1}, two);
    assertThatThrownBy(() -> splits(DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("do not belong together");
    idx("y-test", 0x0d, new int[] {1}, two);
    assertThatThrownBy(() -> splits(DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("expected class labels (integers) in both");
  }
}
