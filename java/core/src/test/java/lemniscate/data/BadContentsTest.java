package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.config.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files that are whole, but hold what no set can: the message names the file, and the array where
 * it has several, whatever the set is called.
 */
final class BadContentsTest {

  private static final String NAME = "set";
  private static final byte[] LABEL = DataFiles.npy("|u1", "(1,)", DataFiles.bytes(0));
  private static final byte[] INPUTS = floats(1, 2);

  @TempDir private Path dir;

  private static byte[] floats(float... row) {
    return DataFiles.npy("<f4", "(1, %d)".formatted(row.length), DataFiles.floats(row));
  }

  /** Four good arrays of class labels, but for one. */
  private static Map<String, byte[]> labelled(String array, byte[] content) {
    return with(LABEL, array, content);
  }

  /** Four good arrays of targets, but for one. */
  private static Map<String, byte[]> targets(String array, byte[] content) {
    return with(INPUTS, array, content);
  }

  private static Map<String, byte[]> with(byte[] answers, String array, byte[] content) {
    Map<String, byte[]> all = new LinkedHashMap<>();
    for (String name : ArraySplits.NAMES) {
      all.put(name, name.startsWith("x") ? INPUTS : answers);
    }
    all.put(array, content);
    return all;
  }

  /** Refused from one NPZ file, and from NPY files. */
  private void refused(Map<String, byte[]> arrays, DataOptions options, String array, String why) {
    Map<String, byte[]> members = new HashMap<>();
    arrays.forEach((name, content) -> members.put(name + ".npy", content));
    Path npz = DataFiles.write(dir.resolve("a.npz"), DataFiles.zip(members));
    assertThatThrownBy(() -> NpyReader.readSplits(NAME, npz, options))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(npz + ":" + array, why);
    members.forEach((name, content) -> DataFiles.write(dir.resolve(name), content));
    assertThatThrownBy(() -> NpyFolder.read(NAME, dir, options))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(dir.resolve(array + ".npy").toString(), why);
  }

  private void refused(Map<String, byte[]> arrays, String array, String why) {
    refused(arrays, DataOptions.NONE, array, why);
  }

  @Test
  void numbersThatAreNotFinite() {
    byte[] infinite = floats(1, Float.NEGATIVE_INFINITY);
    String why = " 1 of example 0 is -Infinity, expected a finite 32-bit number";
    for (String array : ArraySplits.NAMES) {
      refused(targets(array, infinite), array, why);
      if (array.startsWith("x")) {
        refused(labelled(array, infinite), array, why);
      }
    }
    DataOptions half =
        new DataOptions(
            null, null, null, null, new SplitOptions(null, 0.5, null), TableOptions.NONE);
    Map<String, byte[]> two = targets("x_train", infinite);
    two.keySet().removeIf(array -> array.endsWith("_test"));
    refused(two, half, "x_train", why);
    two = targets("y_train", infinite);
    two.keySet().removeIf(array -> array.endsWith("_test"));
    refused(two, half, "y_train", why);
  }

  @Test
  void labelsOutOfRange() {
    byte[] negative = DataFiles.npy("<i8", "(1,)", DataFiles.longs(-1));
    String why = "label -1 of example 0 is out of range";
    refused(labelled("y_train", negative), "y_train", why);
    refused(labelled("y_test", negative), "y_test", why);
  }

  @Test
  void splitsThatDoNotBelongTogether() {
    for (String array : List.of("x_train", "x_test")) {
      refused(labelled("x_test", floats(1, 2, 3)), array, "do not belong together");
      byte[] bytes = DataFiles.npy("|u1", "(1, 2)", DataFiles.bytes(1, 2));
      refused(labelled("x_test", bytes), array, "float features");
      // As many inputs, but not as many targets.
      refused(targets("y_test", floats(1)), array, "1 regression targets");
    }
  }

  @Test
  void imagesOfDifferentSize() {
    Path labels = DataFiles.write(dir.resolve("labels"), DataFiles.labels(0x801, 1, new byte[1]));
    Path train = images("train", 1, 3);
    Path test = images("test", 3, 1);
    IdxFiles files =
        new IdxFiles(IdxLayout.mnist("MNIST", 10), List.of(train, labels, test, labels));
    assertThatThrownBy(() -> files.read(NAME, false))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("do not belong together", train.toString(), test.toString());
  }

  private Path images(String name, int rows, int columns) {
    byte[] file = DataFiles.images(0x803, 1, rows, columns, new byte[rows * columns]);
    return DataFiles.write(dir.resolve(name), file);
  }

  @Test
  void examplesToAnswer() {
    Path x = DataFiles.write(dir.resolve("a.npy"), floats(1, Float.NaN));
    TestData.Ends ends = new TestData.Ends(2, 2, List.of());
    assertThatThrownBy(() -> TestData.read(x, ends))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(x + ": feature 1 of example 0 is NaN");
  }

  @Test
  void featuresThatAreAllEqual() {
    Path npz = dir.resolve("flat.npz");
    Map<String, byte[]> members = new HashMap<>();
    labelled("x_train", floats(2, 2))
        .forEach((name, content) -> members.put(name + ".npy", content));
    DataFiles.write(npz, DataFiles.zip(members));
    DataSplits splits = NpyReader.readSplits(NAME, npz, DataOptions.NONE);
    assertThatThrownBy(() -> Normalization.standard(splits.train()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(npz + ":x_train: all feature values are equal");
  }

  /**
   * Both of them are read as the set's by some program; the writer of {@link DataFiles} refuses.
   */
  @Test
  void twoMembersOfOneName() {
    Map<String, byte[]> members = new LinkedHashMap<>();
    labelled("x_train", floats(1, 2))
        .forEach((name, content) -> members.put(name + ".npy", content));
    members.put("x-train.npy", floats(3, 4));
    // Names are in no checksum.
    String zip = new String(DataFiles.zip(members), StandardCharsets.ISO_8859_1);
    byte[] twice = zip.replace("x-train", "x_train").getBytes(StandardCharsets.ISO_8859_1);
    Path npz = DataFiles.write(dir.resolve("twice.npz"), twice);
    String why = "twice.npz has two members of the name 'x_train.npy', expected one";
    assertThatThrownBy(() -> NpyReader.readSplits(NAME, npz, DataOptions.NONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(why, "save it again");
    assertThatThrownBy(() -> NpyReader.names(npz))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining(why);
  }
}
