package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import lemniscate.config.BadInputException;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Cifar10ReaderTest {
  private static final int RECORD = 3073;

  @TempDir private Path dir;

  /**
   * Records with labels as given; pixel p of record r of file f is (f * 50 + r * 10 + p) mod 256.
   */
  static byte[] records(int file, int... labels) {
    byte[] out = new byte[labels.length * RECORD];
    for (int r = 0; r < labels.length; r++) {
      out[r * RECORD] = (byte) labels[r];
      for (int p = 0; p < RECORD - 1; p++) {
        out[r * RECORD + 1 + p] = (byte) (file * 50 + r * 10 + p);
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

  @Test
  void readsRecordsOfAllFilesInOrder() {
    writeSet(dir);
    DataSplits splits = Cifar10Reader.read("cifar-10", dir);
    Dataset train = splits.train();
    assertThat(train.size()).isEqualTo(10);
    assertThat(train.features()).isEqualTo(3072);
    assertThat(train.shape()).isEqualTo(new ExampleShape(32, 32, 3));
    assertThat(train.planar()).isTrue();
    assertThat(train.last(3).shape()).isEqualTo(train.subset(2).shape()).isEqualTo(train.shape());
    assertThat(train.outputs()).isEqualTo(10);
    assertThat(splits.test().size()).isEqualTo(1);
    assertThat(splits.test().label(0)).isEqualTo(7);
    int[] labels = new int[10];
    Arrays.setAll(labels, train::label);
    assertThat(labels).containsExactly(1, 8, 2, 7, 3, 6, 4, 5, 5, 4);
    float[] x = new float[3072];
    train.copyFeatures(5, Normalization.none(), x, 0); // file 3, record 1
    assertThat(x[0]).isEqualTo(160);
    assertThat(x[3071]).isEqualTo((160 + 3071) % 256);
  }

  @Test
  void findsTheFolderOfTheArchive() {
    writeSet(dir.resolve("cifar-10-batches-bin"));
    assertThat(Cifar10Reader.read("cifar-10", dir).train().size()).isEqualTo(10);
  }

  @Test
  void listsMissingFiles() throws IOException {
    writeSet(dir);
    Files.delete(dir.resolve("data_batch_3.bin"));
    Files.delete(dir.resolve("test_batch.bin"));
    assertThatThrownBy(() -> Cifar10Reader.read("cifar-10", dir))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(dir + " lacks data_batch_3.bin, test_batch.bin;");
  }

  @Test
  void refusesWrongLengthsAndLabels() {
    writeSet(dir);
    Path file = dir.resolve("data_batch_2.bin");
    for (int length : new int[] {0, 1, RECORD - 1, 2 * RECORD + 1}) {
      DataFiles.write(file, new byte[length]);
      assertThatThrownBy(() -> Cifar10Reader.read("cifar-10", dir))
          .isInstanceOf(BadInputException.class)
          .hasMessageContaining("data_batch_2.bin has " + length + " bytes")
          .hasMessageContaining("multiple of 3073");
    }
    DataFiles.write(file, records(2, 0, 10));
    assertThatThrownBy(() -> Cifar10Reader.read("cifar-10", dir))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data_batch_2.bin: label 10 of record 1");
  }
}
