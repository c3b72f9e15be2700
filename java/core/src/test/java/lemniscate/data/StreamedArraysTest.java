package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Arrays that stay in their files give the same as those in memory. */
class StreamedArraysTest {
  private static final int ROWS = 523;
  private static final int FEATURES = 701;

  @TempDir private Path dir;

  private static float[] values() {
    Random random = new Random(3);
    float[] values = new float[ROWS * FEATURES];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static int[] labels(int n) {
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 7;
    }
    return labels;
  }

  private static Map<String, byte[]> arrays(byte[] x) {
    Map<String, byte[]> arrays = new LinkedHashMap<>();
    byte[] y = DataFiles.npy("<i4", "(%d,)".formatted(ROWS), DataFiles.ints(labels(ROWS)));
    arrays.put("x_train.npy", x);
    arrays.put("y_train.npy", y);
    arrays.put("x_test.npy", x);
    arrays.put("y_test.npy", y);
    return arrays;
  }

  private static byte[] rowMajor() {
    return DataFiles.npy("<f4", "(%d, %d)".formatted(ROWS, FEATURES), DataFiles.floats(values()));
  }

  private static byte[] stored(Map<String, byte[]> members) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        ZipEntry entry = new ZipEntry(member.getKey());
        CRC32 crc = new CRC32();
        crc.update(member.getValue());
        entry.setCrc(crc.getValue());
        entry.setSize(member.getValue().length);
        entry.setExtra(new byte[] {9, 9, 3, 0, 1, 2, 3});
        zip.putNextEntry(entry);
        zip.write(member.getValue());
        zip.closeEntry();
      }
      zip.setComment("a comment");
    }
    return bytes.toByteArray();
  }

  private DataSplits npz(byte[] content) {
    return NpyReader.readSplits(
        "set", DataFiles.write(dir.resolve("set.npz"), content), DataOptions.NONE);
  }

  private static Dataset inMemory() {
    return Dataset.ofFloats("set/train", values(), FEATURES, labels(ROWS), 7);
  }

  private static void same(Dataset found) {
    Dataset wanted = inMemory();
    assertThat(found.sha256()).isEqualTo(wanted.sha256());
    assertThat(Normalization.standard(found)).isEqualTo(Normalization.standard(wanted));
    BatchIterator a = new BatchIterator(found, Normalization.standard(found), 37, 11);
    BatchIterator b = new BatchIterator(wanted, Normalization.standard(wanted), 37, 11);
    float[] xa = new float[37 * FEATURES];
    float[] xb = new float[37 * FEATURES];
    float[] t = new float[37 * 7];
    a.fill(1, 9, xa, t);
    b.fill(1, 9, xb, t);
    assertThat(xa).isEqualTo(xb);
    assertThat(found.last(5).sha256()).isEqualTo(wanted.last(5).sha256());
  }

  @Test
  void storedAndCompressedMembersAndFilesAreTheSame() throws IOException {
    assertThat(rowMajor().length).isGreaterThan((int) FileBytes.WORTH_LEAVING);
    same(npz(stored(arrays(rowMajor()))).train());
    same(npz(DataFiles.zip(arrays(rowMajor()))).train());
    arrays(rowMajor()).forEach((name, bytes) -> DataFiles.write(dir.resolve(name), bytes));
    same(NpyFolder.read("set", dir, DataOptions.NONE).train());
  }

  @Test
  void storedMembersStayInTheFile() throws IOException {
    byte[] zip = stored(arrays(rowMajor()));
    Path file = DataFiles.write(dir.resolve("a.zip"), zip);
    byte[] x = arrays(rowMajor()).get("x_test.npy");
    long offset = ZipMembers.offset(file, "x_test.npy", x.length);
    assertThat(Arrays.copyOfRange(zip, (int) offset, (int) offset + x.length)).isEqualTo(x);
    assertThat(ZipMembers.offset(file, "absent.npy", 1)).isNegative();
    DataFiles.write(file, DataFiles.zip(arrays(rowMajor())));
    assertThat(ZipMembers.offset(file, "x_test.npy", x.length)).isNegative();
    DataFiles.write(file, new byte[5]);
    assertThat(ZipMembers.offset(file, "x_test.npy", x.length)).isNegative();
  }

  @Test
  void columnMajorAndBigEndianArraysAreTheSame() {
    float[] values = values();
    ByteBuffer columns = ByteBuffer.allocate(4 * values.length).order(ByteOrder.BIG_ENDIAN);
    for (int f = 0; f < FEATURES; f++) {
      for (int i = 0; i < ROWS; i++) {
        columns.putFloat(values[i * FEATURES + f]);
      }
    }
    String header =
        "{'descr': '>f4', 'fortran_order': True, 'shape': (%d, %d), }".formatted(ROWS, FEATURES);
    same(npz(DataFiles.zip(arrays(DataFiles.npy(header, columns.array())))).train());
  }

  @Test
  void spoolsToAFileThatHasNoName() throws IOException {
    byte[] bytes = new byte[1 << 18];
    new Random(4).nextBytes(bytes);
    long before = temporary();
    try (Spool spool = new Spool("x", 0, 1 << 16)) {
      for (int at = 0; at < bytes.length; at += 1 << 12) {
        spool.write(bytes, at, 1 << 12);
      }
      StoredNumbers numbers = spool.finish(NumericArray.Type.UINT8, false);
      assertThat(temporary()).isEqualTo(before);
      byte[] found = new byte[bytes.length];
      numbers.readBytes(0, found.length, found);
      assertThat(found).isEqualTo(bytes);
    }
    assertThatThrownBy(() -> new Spool("x", 1L << 60))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("temporary file")
        .hasMessageContaining("java.io.tmpdir");
  }

  private static long temporary() throws IOException {
    try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(f -> f.getFileName().toString().startsWith("lemniscate-")).count();
    }
  }

  /** A file of holes: it takes no room. */
  @Test
  void readsBeyondTwoGibibytes() throws IOException {
    int rows = 2200;
    int features = 1 << 20;
    Path file = dir.resolve("x.npy");
    byte[] header = DataFiles.npy("|u1", "(%d, %d)".formatted(rows, features), new byte[0]);
    try (RandomAccessFile x = new RandomAccessFile(file.toFile(), "rw")) {
      x.write(header);
      x.setLength(header.length + (long) rows * features);
      x.seek(header.length + (rows - 1L) * features + 5);
      x.write(77);
    }
    NumericArray array = NpyReader.read(file);
    Dataset data =
        Dataset.of(
            "x", Dataset.Source.of("x"), array.numbers(), array.rowLength(), 7, labels(rows), null);
    float[] row = new float[features];
    data.copyFeatures(rows - 1, Normalization.none(), row, 0);
    assertThat(row[5]).isEqualTo(77);
    assertThat(data.size()).isEqualTo(rows);
  }

  @Test
  void noticesFilesThatAreWrittenTo() throws IOException {
    Path file = DataFiles.write(dir.resolve("x.npy"), rowMajor());
    NumericArray array = NpyReader.read(file);
    Dataset data =
        Dataset.of("x", Dataset.Source.of("x"), array.numbers(), FEATURES, 7, labels(ROWS), null);
    BatchIterator batches = new BatchIterator(data, Normalization.none(), 10, 1);
    float[] x = new float[10 * FEATURES];
    float[] t = new float[70];
    batches.fill(0, 0, x, t);
    // What replaces it is another file; this one is whole as long as it is open.
    Path other = DataFiles.write(dir.resolve("y.npy"), new byte[3]);
    Files.copy(file, dir.resolve("z.npy"));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    batches.fill(1, 0, x, t);

    array = NpyReader.read(dir.resolve("z.npy"));
    Dataset cut =
        Dataset.of("x", Dataset.Source.of("x"), array.numbers(), FEATURES, 7, labels(ROWS), null);
    BatchIterator more = new BatchIterator(cut, Normalization.none(), 10, 1);
    more.fill(0, 0, x, t);
    Files.setLastModifiedTime(dir.resolve("z.npy"), FileTime.fromMillis(1000));
    assertThatThrownBy(() -> more.fill(1, 0, x, t))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("z.npy was changed while it was in use");
    try (RandomAccessFile shorter = new RandomAccessFile(dir.resolve("z.npy").toFile(), "rw")) {
      shorter.setLength(1000);
    }
    // In the middle of an epoch.
    assertThatThrownBy(
            () -> cut.copyFeatures(ROWS - 1, Normalization.none(), new float[FEATURES], 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("1000 now")
        .hasMessageContaining("resume");
  }

  @Test
  void splitsArraysWithoutTestExamples() {
    Map<String, byte[]> arrays = arrays(rowMajor());
    arrays.remove("x_test.npy");
    arrays.remove("y_test.npy");
    Path file = DataFiles.write(dir.resolve("set.npz"), DataFiles.zip(arrays));
    DataOptions quarter = split(0.25);
    DataSplits splits = NpyReader.readSplits("set", file, quarter);
    assertThat(splits.train().size() + splits.test().size()).isEqualTo(ROWS);
    assertThat(splits.test().size()).isBetween(129, 131);
    arrays.forEach((name, bytes) -> DataFiles.write(dir.resolve(name), bytes));
    assertThat(NpyFolder.read("set", dir, quarter).sha256()).isEqualTo(splits.sha256());
    assertThatThrownBy(() -> NpyFolder.read("set", dir, DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("lacks x_test.npy, y_test.npy")
        .hasMessageContaining("data.testFraction");
    assertThatThrownBy(() -> npz(DataFiles.zip(arrays)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("or data.testFraction");
    DataFiles.write(file, DataFiles.zip(arrays(rowMajor())));
    assertThatThrownBy(() -> NpyReader.readSplits("set", file, quarter))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("has test examples of its own");
  }

  private static DataOptions split(double fraction) {
    return new DataOptions(
        null, null, null, null, new SplitOptions(null, fraction, null), TableOptions.NONE);
  }

  @Test
  void findsOwnFilesByTheirPath() throws IOException {
    byte[] csv = "a,label\n1,x\n2,y\n3,x\n4,y\n".getBytes(StandardCharsets.US_ASCII);
    Path file = DataFiles.write(dir.resolve("t.csv"), csv);
    for (String name : new String[] {"t.csv", "csv:t.csv", file.toString()}) {
      DataRequest request = new DataRequest(name, dir, null, null, null, split(0.5), 0);
      assertThat(Datasets.load(request).classNames()).containsExactly("x", "y");
    }
    DataFiles.write(dir.resolve("a/set.npz"), stored(arrays(rowMajor())));
    assertThat(load("a/set.npz").train().size()).isEqualTo(ROWS);
    arrays(rowMajor()).forEach((n, bytes) -> DataFiles.write(dir.resolve("f").resolve(n), bytes));
    assertThat(load("f").train().size()).isEqualTo(ROWS);
    assertThat(load("npy:f").train().size()).isEqualTo(ROWS);
    refused("f/x_train.npy", "npy:");
    refused("f/none.csv", "f/none.csv does not exist");
    refused("f/none", "does not exist");
    refused("minst", "did you mean 'mnist'?");
    DataFiles.write(dir.resolve("odd.bin"), new byte[1]);
    refused("odd.bin", "is none of these");
    assertThatThrownBy(
            () ->
                Datasets.load(new DataRequest("synthetic", null, null, null, null, split(0.5), 0)))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.testFraction is 0.5, but synthetic has no use for it");
  }

  private DataSplits load(String name) {
    return Datasets.load(new DataRequest(name, dir, null, null, 0));
  }

  private void refused(String name, String message) {
    assertThatThrownBy(() -> load(name))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(message);
  }
}
