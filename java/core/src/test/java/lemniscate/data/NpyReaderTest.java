package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyReaderTest {
  @TempDir private Path dir;

  private NumericArray read(byte[] content) {
    return NpyReader.read(DataFiles.write(dir.resolve("a.npy"), content));
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] content) {
    return assertThatThrownBy(() -> read(content))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("a.npy");
  }

  @Test
  void readsEveryType() {
    assertThat(read(DataFiles.npy("|u1", "(3,)", DataFiles.bytes(0, 128, 255))).floats())
        .containsExactly(0, 128, 255);
    assertThat(read(DataFiles.npy("|i1", "(3,)", DataFiles.bytes(0, 128, 255))).floats())
        .containsExactly(0, -128, -1);
    assertThat(read(DataFiles.npy("|b1", "(2,)", DataFiles.bytes(1, 0))).floats())
        .containsExactly(1, 0);
    assertThat(read(DataFiles.npy("<i2", "(2,)", DataFiles.bytes(0xfd, 0xff, 1, 2))).floats())
        .containsExactly(-3, 513);
    assertThat(read(DataFiles.npy("<i4", "(2,)", DataFiles.ints(-3, 70_000))).floats())
        .containsExactly(-3, 70_000);
    assertThat(read(DataFiles.npy("<i8", "(2,)", DataFiles.longs(-3, 1L << 40))).floats())
        .containsExactly(-3, 1L << 40);
    assertThat(read(DataFiles.npy("<f4", "(2,)", DataFiles.floats(-0.5f, 3e7f))).floats())
        .containsExactly(-0.5f, 3e7f);
    assertThat(read(DataFiles.npy("<f8", "(2,)", DataFiles.doubles(0.1, -2))).floats())
        .containsExactly(0.1f, -2);
  }

  @Test
  void readsVersions2And3AndFlattens() {
    String text = "{'shape': (2, 1, 3), \"descr\": '<f4', 'fortran_order': False}   \n";
    byte[] payload = DataFiles.floats(1, 2, 3, 4, 5, 6);
    for (int version : new int[] {2, 3}) {
      byte[] content =
          ByteBuffer.allocate(12 + text.length() + payload.length)
              .order(ByteOrder.LITTLE_ENDIAN)
              .put(DataFiles.bytes(0x93, 'N', 'U', 'M', 'P', 'Y', version, 0))
              .putInt(text.length())
              .put(text.getBytes(StandardCharsets.US_ASCII))
              .put(payload)
              .array();
      NumericArray array = read(content);
      assertThat(array.shape()).containsExactly(2, 1, 3);
      assertThat(array.rows()).isEqualTo(2);
      assertThat(array.rowLength()).isEqualTo(3);
      assertThat(array.floats()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void refusesFortranOrderOfMatricesOnly() {
    String header = "{'descr': '<f4', 'fortran_order': True, 'shape': %s, }";
    refused(DataFiles.npy(header.formatted("(1, 2)"), DataFiles.floats(1, 2)))
        .hasMessageContaining("fortran_order True")
        .hasMessageContaining("ascontiguousarray");
    // A vector is the same in both orders.
    assertThat(read(DataFiles.npy(header.formatted("(2,)"), DataFiles.floats(1, 2))).floats())
        .containsExactly(1, 2);
  }

  @ParameterizedTest
  @CsvSource({">f4, big-endian", "<f2, float32", "|O, float32", "<U5, float32", "<c8, float32"})
  void refusesOtherTypes(String descr, String remedy) {
    refused(DataFiles.npy(descr, "(1,)", new byte[4]))
        .hasMessageContaining("'" + descr + "'")
        .hasMessageContaining("float64 (<f8)")
        .hasMessageContaining(remedy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}",
      })
  void refusesOtherHeaders(String header) {
    refused(DataFiles.npy(header, DataFiles.floats(1)));
  }

  @Test
  void refusesWrongShapesAndLengths() {
    refused(DataFiles.npy("<f4", "()", DataFiles.floats(1))).hasMessageContaining("single number");
    refused(DataFiles.npy("<f4", "(0, 3)", new byte[0])).hasMessageContaining("empty");
    refused(DataFiles.npy("<f4", "(2, 2)", DataFiles.floats(1, 2, 3)))
        .hasMessageContaining("bytes, but its header promises");
    refused(DataFiles.npy("<f4", "(2, 1)", DataFiles.floats(1, 2, 3)))
        .hasMessageContaining("bytes, but its header promises");
    refused(DataFiles.npy("<f4", "(1000000, 1000000)", new byte[4]))
        .hasMessageContaining("more than");
    // 2^62 elements of 4 bytes: 0 modulo 2^64, so a plain product would pass.
    refused(DataFiles.npy("<f4", "(2147483648, 2147483648)", new byte[0]))
        .hasMessageContaining("more than");
  }

  @Test
  void refusesDamage() {
    byte[] good = DataFiles.npy("<f4", "(1,)", DataFiles.floats(1));
    refused(Arrays.copyOf(good, 5)).hasMessageContaining("NPY magic");
    refused(Arrays.copyOf(good, 9)).hasMessageContaining("ends after");
    refused(Arrays.copyOf(good, 20)).hasMessageContaining("ends after");
    byte[] version = good.clone();
    version[6] = 4;
    refused(version).hasMessageContaining("version 4.0");
    refused("not numpy".getBytes(StandardCharsets.US_ASCII)).hasMessageContaining("NPY magic");
    byte[] longHeader = good.clone();
    longHeader[6] = 2;
    refused(longHeader).hasMessageContaining("header of");
  }

  // ---- NPZ ----

  private static final byte[] X_TRAIN =
      DataFiles.npy("<f4", "(3, 2)", DataFiles.floats(1, 2, 3, 4, 5, 6));
  private static final byte[] Y_TRAIN = DataFiles.npy("<i8", "(3,)", DataFiles.longs(0, 2, 1));
  private static final byte[] X_TEST = DataFiles.npy("<f4", "(1, 2)", DataFiles.floats(7, 8));
  private static final byte[] Y_TEST = DataFiles.npy("<i8", "(1,)", DataFiles.longs(3));

  private static Map<String, byte[]> arrays(
      byte[] xTrain, byte[] yTrain, byte[] xTest, byte[] yTest) {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    arrays.put("x_train.npy", xTrain);
    arrays.put("y_train.npy", yTrain);
    arrays.put("x_test.npy", xTest);
    arrays.put("y_test.npy", yTest);
    return arrays;
  }

  private DataSplits splits(Map<String, byte[]> arrays) {
    return splits(arrays, DataOptions.NONE);
  }

  private DataSplits splits(Map<String, byte[]> arrays, DataOptions options) {
    return NpyReader.readSplits(
        "mine", DataFiles.write(dir.resolve("set.npz"), DataFiles.zip(arrays)), options);
  }

  private AbstractThrowableAssert<?, ? extends Throwable> refused(Map<String, byte[]> arrays) {
    return assertThatThrownBy(() -> splits(arrays))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("set.npz");
  }

  @Test
  void readsClassification() {
    DataSplits splits = splits(arrays(X_TRAIN, Y_TRAIN, X_TEST, Y_TEST));
    assertThat(splits.train().size()).isEqualTo(3);
    assertThat(splits.train().classification()).isTrue();
    // The largest label is in the test split.
    assertThat(splits.train().outputs()).isEqualTo(4);
    assertThat(splits.train().label(1)).isEqualTo(2);
    float[] x = new float[2];
    splits.train().copyFeatures(2, Normalization.none(), x, 0);
    assertThat(x).containsExactly(5, 6);
  }

  @Test
  void readsImagesAsBytesAndLabelColumns() {
    byte[] x = DataFiles.npy("|u1", "(2, 2, 2)", DataFiles.bytes(1, 2, 3, 4, 5, 6, 7, 255));
    byte[] y = DataFiles.npy("|u1", "(2, 1)", DataFiles.bytes(0, 1));
    DataSplits splits = splits(arrays(x, y, x, y));
    assertThat(splits.train().byteFeatures()).isTrue();
    assertThat(splits.train().features()).isEqualTo(4);
    float[] row = new float[4];
    splits.test().copyFeatures(1, Normalization.unit(), row, 0);
    assertThat(row[3]).isEqualTo(1f);
  }

  @Test
  void readsRegression() {
    byte[] y = DataFiles.npy("<f8", "(3, 2)", DataFiles.doubles(1, 2, 3, 4, 5, 6.5));
    byte[] yTest = DataFiles.npy("<f8", "(1, 2)", DataFiles.doubles(1, 2));
    DataSplits splits = splits(arrays(X_TRAIN, y, X_TEST, yTest));
    assertThat(splits.train().classification()).isFalse();
    assertThat(splits.train().outputs()).isEqualTo(2);
    float[] t = new float[2];
    splits.train().copyTarget(2, t, 0);
    assertThat(t).containsExactly(5, 6.5f);
  }

  @Test
  void refusesIncompleteSets() {
    Map<String, byte[]> noTest = arrays(X_TRAIN, Y_TRAIN, X_TEST, Y_TEST);
    noTest.remove("x_test.npy");
    noTest.remove("y_test.npy");
    refused(noTest)
        .hasMessageContaining("no array x_test (a test split is required)")
        .hasMessageContaining("it holds: x_train, y_train")
        .hasMessageContaining("numpy.savez");
    assertThatThrownBy(() -> NpyReader.readSplits("x", dir.resolve("absent.npz"), DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("absent.npz does not exist");
    Path notZip = DataFiles.write(dir.resolve("fake.npz"), X_TRAIN);
    assertThatThrownBy(() -> NpyReader.readSplits("x", notZip, DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("fake.npz is not a readable NPZ");
  }

  @Test
  void refusesArraysThatDoNotBelongTogether() {
    refused(arrays(X_TRAIN, Y_TEST, X_TEST, Y_TEST))
        .hasMessageContaining("x_train has 3 rows")
        .hasMessageContaining("y_train has 1");
    byte[] floatY = DataFiles.npy("<f4", "(1,)", DataFiles.floats(1));
    refused(arrays(X_TRAIN, Y_TRAIN, X_TEST, floatY)).hasMessageContaining("y_test is <f4");
    byte[] wide = DataFiles.npy("<f4", "(1, 3)", DataFiles.floats(1, 2, 3));
    assertThatThrownBy(() -> splits(arrays(X_TRAIN, Y_TRAIN, wide, Y_TEST)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("3 float features");
    byte[] oneHot = DataFiles.npy("<i4", "(3, 2)", DataFiles.ints(0, 1, 1, 0, 0, 1));
    refused(arrays(X_TRAIN, oneHot, X_TEST, Y_TEST))
        .hasMessageContaining("shape (3, 2)")
        .hasMessageContaining("argmax");
  }

  @Test
  void refusesLabelsAndNumbersThatMakeNoSense() {
    byte[] negative = DataFiles.npy("<i4", "(3,)", DataFiles.ints(0, -1, 1));
    refused(arrays(X_TRAIN, negative, X_TEST, Y_TEST))
        .hasMessageContaining("y_train: label -1 of example 1");
    byte[] huge = DataFiles.npy("<i8", "(3,)", DataFiles.longs(0, 1L << 32, 1));
    refused(arrays(X_TRAIN, huge, X_TEST, Y_TEST)).hasMessageContaining("label 4294967296");
    byte[] nan = DataFiles.npy("<f4", "(3, 2)", DataFiles.floats(1, 2, 3, Float.NaN, 5, 6));
    assertThatThrownBy(() -> splits(arrays(nan, Y_TRAIN, X_TEST, Y_TEST)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("feature 1 of example 1 is NaN");
    // Finite in float64, but not in the float32 that is trained with.
    byte[] overflow = DataFiles.npy("<f8", "(1, 2)", DataFiles.doubles(1e300, 0));
    assertThatThrownBy(() -> splits(arrays(X_TRAIN, Y_TRAIN, overflow, Y_TEST)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("Infinity");
  }

  @Test
  void refusesTruncatedEntries() {
    byte[] cut = Arrays.copyOf(X_TRAIN, X_TRAIN.length - 1);
    refused(arrays(cut, Y_TRAIN, X_TEST, Y_TEST))
        .hasMessageContaining("set.npz:x_train has 93 bytes, but its header promises 94");
    byte[] longer = Arrays.copyOf(X_TRAIN, X_TRAIN.length + 1);
    refused(arrays(longer, Y_TRAIN, X_TEST, Y_TEST))
        .hasMessageContaining("set.npz:x_train has 95 bytes, but its header promises 94");
  }

  /** Members that are stored as they are, as by numpy.savez, have nothing else to notice it by. */
  @Test
  void refusesMembersWithAFlippedBit() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setLevel(Deflater.NO_COMPRESSION);
      for (Map.Entry<String, byte[]> array : arrays(X_TRAIN, Y_TRAIN, X_TEST, Y_TEST).entrySet()) {
        zip.putNextEntry(new ZipEntry(array.getKey()));
        zip.write(array.getValue());
        zip.closeEntry();
      }
    }
    Path file = DataFiles.write(dir.resolve("set.npz"), bytes.toByteArray());
    assertThat(NpyReader.readSplits("mine", file, DataOptions.NONE).train().size()).isEqualTo(3);
    String text = bytes.toString(StandardCharsets.ISO_8859_1);
    String feature = new String(DataFiles.floats(5), StandardCharsets.ISO_8859_1);
    int at = text.indexOf(feature);
    assertThat(at).isPositive();
    byte[] flipped = bytes.toByteArray();
    flipped[at + 2] ^= 1;
    DataFiles.write(file, flipped);
    assertThatThrownBy(() -> NpyReader.readSplits("mine", file, DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("set.npz:x_train has the CRC-32 ")
        .hasMessageContaining("the file is damaged: save or copy it again");
  }

  // ---- images ----

  /** A set whose inputs are of a shape and whose labels are 0. */
  private static Map<String, byte[]> images(String type, String rest, int bytes) {
    byte[] x = DataFiles.npy(type, "(1, " + rest + ")", new byte[bytes]);
    byte[] y = DataFiles.npy("|u1", "(1,)", new byte[1]);
    return arrays(x, y, x, y);
  }

  private static DataOptions shaped(int... extents) {
    List<Integer> list = Arrays.stream(extents).boxed().toList();
    return new DataOptions(null, null, DataOptions.shape(list), null);
  }

  @Test
  void takesTheShapeOfImagesFromTheirDimensions() {
    assertThat(splits(images("|u1", "2, 3", 6)).train().shape())
        .isEqualTo(new ExampleShape(2, 3, 1));
    assertThat(splits(images("<f4", "2, 3, 4", 96)).test().shape())
        .isEqualTo(new ExampleShape(2, 3, 4));
    assertThat(splits(images("<f4", "6", 24)).train().shape()).isEqualTo(ExampleShape.flat(6));
    assertThat(splits(images("|u1", "2, 1, 1, 3", 6)).train().shape())
        .isEqualTo(ExampleShape.flat(6));
  }

  @Test
  void rowsOfNumbersAreImagesOfAStatedShape() {
    assertThat(splits(images("|u1", "12", 12), shaped(2, 3, 2)).train().shape())
        .isEqualTo(new ExampleShape(2, 3, 2));
    assertThat(splits(images("|u1", "12", 12), shaped(4, 3)).train().shape())
        .isEqualTo(new ExampleShape(4, 3, 1));
    assertThat(splits(images("|u1", "4, 3", 12), shaped(4, 3, 1)).train().shape())
        .isEqualTo(new ExampleShape(4, 3, 1));
    assertThatThrownBy(() -> splits(images("|u1", "12", 12), shaped(4, 4)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.shape is 4 x 4 x 1")
        .hasMessageContaining("x_train has shape (1, 12)");
    assertThatThrownBy(() -> splits(images("|u1", "4, 3", 12), shaped(3, 4)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.shape is 3 x 4 x 1")
        .hasMessageContaining("4 x 3 x 1");
    assertThatThrownBy(() -> shaped(12))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.shape is [12], expected height, width and channels");
    assertThatThrownBy(() -> shaped(1 << 16, 1 << 16))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("more than fit in memory");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3, 4, 4", "1, 28, 28", "3, 32, 32", "1, 2, 2"})
  void refusesChannelsFirst(String rest) {
    int bytes =
        Arrays.stream(rest.split(", ")).mapToInt(Integer::parseInt).reduce(1, (a, b) -> a * b);
    refused(images("|u1", rest, bytes))
        .hasMessageContaining("x_train has shape (1, " + rest + ")")
        .hasMessageContaining("channels first")
        .hasMessageContaining("x.transpose(0, 2, 3, 1)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3, 3, 3", "4, 4, 3", "1, 1, 1", "3, 2, 2", "2, 4, 4", "1, 28, 3"})
  void takesWhatMayHaveChannelsLast(String rest) {
    int bytes =
        Arrays.stream(rest.split(", ")).mapToInt(Integer::parseInt).reduce(1, (a, b) -> a * b);
    assertThat(splits(images("|u1", rest, bytes)).train().features()).isEqualTo(bytes);
  }

  @Test
  void numberOfClassesMayBeStated() {
    Map<String, byte[]> set = arrays(X_TRAIN, Y_TRAIN, X_TEST, Y_TEST);
    assertThat(splits(set, new DataOptions(null, 9, null, null)).train().outputs()).isEqualTo(9);
    assertThatThrownBy(() -> splits(set, new DataOptions(null, 3, null, null)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("y_test: label 3 of example 0 is out of range, expected 0 to 2")
        .hasMessageContaining("data.classes");
    byte[] y = DataFiles.npy("<f4", "(3,)", DataFiles.floats(1, 2, 3));
    byte[] yTest = DataFiles.npy("<f4", "(1,)", DataFiles.floats(1));
    assertThatThrownBy(
            () -> splits(arrays(X_TRAIN, y, X_TEST, yTest), new DataOptions(null, 3, null, null)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.classes is 3")
        .hasMessageContaining("regression targets");
  }
}
