package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import lemniscate.config.BadInputException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
  private static final int IMAGES = 0x803;
  private static final int LABELS = 0x801;
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
        10);
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
    expectTiny(IdxReader.read("tiny", plainButGzName, labels, 10));
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
    refused(DataFiles.gzip(big), DataFiles.gzip(bigLabels)).hasMessageContaining("ends after 1 of");
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
    assertThatThrownBy(() -> IdxReader.read("x", dir.resolve("absent"), labels, 10))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("absent does not exist");
    assertThatThrownBy(() -> IdxReader.read("x", dir, labels, 10))
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
}
