package lemniscate.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import lemniscate.config.BadInputException;
import lemniscate.random.Philox4x32;
import lemniscate.tensor.ExampleShape;
import org.junit.jupiter.api.Test;

class AugmentationTest {
  private static final ExampleShape SHAPE = new ExampleShape(3, 4, 2);

  /** The pixel in row y and column x has the values 10 y + x + 1 and, plus 100, its second one. */
  private static final byte[] IMAGE =
      DataFiles.bytes(
          1, 101, 2, 102, 3, 103, 4, 104, //
          11, 111, 12, 112, 13, 113, 14, 114, //
          21, 121, 22, 122, 23, 123, 24, 124);

  private static final Dataset ONE =
      Dataset.ofBytes("one", IMAGE, 24, new int[1], 1).asImages(SHAPE);

  private static float[] crop(Dataset data, Normalization n, int down, int right, boolean flip) {
    float[] out = new float[26];
    Arrays.fill(out, Float.NaN);
    data.copyCrop(0, n, down, right, flip, new float[24], out, 1);
    assertThat(out[0]).isNaN();
    assertThat(out[25]).isNaN();
    return Arrays.copyOfRange(out, 1, 25);
  }

  @Test
  void cropsAndFlipsAsByHand() {
    Normalization raw = Normalization.none();
    assertThat(crop(ONE, raw, 0, 0, false))
        .containsExactly(
            1, 101, 2, 102, 3, 103, 4, 104, //
            11, 111, 12, 112, 13, 113, 14, 114, //
            21, 121, 22, 122, 23, 123, 24, 124);
    assertThat(crop(ONE, raw, 0, 0, true))
        .containsExactly(
            4, 104, 3, 103, 2, 102, 1, 101, //
            14, 114, 13, 113, 12, 112, 11, 111, //
            24, 124, 23, 123, 22, 122, 21, 121);
    // A piece that starts one row lower and two columns further left.
    assertThat(crop(ONE, raw, 1, -2, false))
        .containsExactly(
            0, 0, 0, 0, 11, 111, 12, 112, //
            0, 0, 0, 0, 21, 121, 22, 122, //
            0, 0, 0, 0, 0, 0, 0, 0);
    // The piece is taken first and flipped then.
    assertThat(crop(ONE, raw, 1, -2, true))
        .containsExactly(
            12, 112, 11, 111, 0, 0, 0, 0, //
            22, 122, 21, 121, 0, 0, 0, 0, //
            0, 0, 0, 0, 0, 0, 0, 0);
    assertThat(crop(ONE, raw, -2, 1, false))
        .containsExactly(
            0, 0, 0, 0, 0, 0, 0, 0, //
            0, 0, 0, 0, 0, 0, 0, 0, //
            2, 102, 3, 103, 4, 104, 0, 0);
  }

  @Test
  void theBorderIsBlackBeforeTheScaling() {
    float[] bytes = crop(ONE, Normalization.standard(0.25, 4), 1, -2, false);
    assertThat(bytes[0]).isEqualTo(-1f);
    assertThat(bytes[4]).isEqualTo((float) ((11 / 255.0 - 0.25) * 4));
    float[] values = new float[24];
    for (int i = 0; i < 24; i++) {
      values[i] = IMAGE[i];
    }
    Dataset floats = Dataset.ofFloats("f", values, 24, new int[1], 1).asImages(SHAPE);
    float[] scaled = crop(floats, Normalization.standard(3, 2), 1, -2, false);
    assertThat(scaled[0]).isEqualTo(-6f);
    assertThat(scaled[4]).isEqualTo(16f);
  }

  // 40 images of 5 x 5 x 1, pixel p of image i has the value 5 i + p + 1, so none is black.
  private static final Dataset MANY = many();

  private static Dataset many() {
    byte[] bytes = new byte[40 * 25];
    int[] labels = new int[40];
    for (int i = 0; i < 40; i++) {
      for (int p = 0; p < 25; p++) {
        bytes[i * 25 + p] = (byte) (5 * i + p + 1);
      }
      labels[i] = i;
    }
    return Dataset.ofBytes("many", bytes, 25, labels, 40).asImages(new ExampleShape(5, 5, 1));
  }

  /** What each example becomes in an epoch. */
  private static Map<Integer, float[]> changed(
      Augmentation augmentation, int batch, long seed, long epoch) {
    return changed(MANY, augmentation, batch, seed, epoch);
  }

  private static Map<Integer, float[]> changed(
      Dataset data, Augmentation augmentation, int batch, long seed, long epoch) {
    BatchIterator batches =
        new BatchIterator(data, Normalization.none(), augmentation, batch, seed);
    float[] x = new float[batch * 25];
    Map<Integer, float[]> images = new HashMap<>();
    int[] order = batches.order(epoch);
    for (int b = 0; b < batches.batchesPerEpoch(); b++) {
      batches.fill(epoch, b, x, new float[batch * 40]);
      for (int k = 0; k < batch; k++) {
        images.put(order[b * batch + k], Arrays.copyOfRange(x, k * 25, k * 25 + 25));
      }
    }
    return images;
  }

  private static final Augmentation BOTH = new Augmentation(2, true);

  @Test
  void isAFunctionOfSeedEpochAndExampleAlone() {
    Map<Integer, float[]> once = changed(BOTH, 1, 7, 3);
    assertThat(once).hasSize(40);
    for (int batch : new int[] {4, 40}) {
      Map<Integer, float[]> other = changed(BOTH, batch, 7, 3);
      once.forEach((example, image) -> assertThat(other.get(example)).isEqualTo(image));
    }
    // With fewer examples the order is another, but an image becomes the same.
    changed(MANY.subset(11), BOTH, 1, 7, 3)
        .forEach((example, image) -> assertThat(image).isEqualTo(once.get(example)));
    for (long[] other : new long[][] {{7, 4}, {8, 3}, {8, 2}, {3, 7}}) {
      Map<Integer, float[]> changed = changed(BOTH, 1, other[0], other[1]);
      long same =
          once.keySet().stream()
              .filter(example -> Arrays.equals(once.get(example), changed.get(example)))
              .count();
      // One of 25 places, flipped or not: 0.8 of 40 on average.
      assertThat(same).isLessThan(7);
    }
  }

  @Test
  void anyBatchCanBeHadWithoutThoseBefore() {
    BatchIterator through = new BatchIterator(MANY, Normalization.none(), BOTH, 8, 1);
    float[] expected = new float[8 * 25];
    float[] targets = new float[8 * 40];
    for (int b = 0; b < 5; b++) {
      through.fill(2, b, expected, targets);
    }
    float[] resumed = new float[8 * 25];
    new BatchIterator(MANY, Normalization.none(), BOTH, 8, 1).fill(2, 4, resumed, targets);
    assertThat(resumed).isEqualTo(expected);
  }

  @Test
  void everyPlaceAndBothSidesAreTaken() {
    int[] words = new int[Philox4x32.WORDS];
    Dataset data = MANY;
    float[] image = new float[25];
    float[] found = new float[25];
    float[] wanted = new float[25];
    Map<String, Integer> counts = new HashMap<>();
    // 50 changes of an image, 10,000 epochs: 200 of each on average, standard deviation 14.
    for (long epoch = 0; epoch < 10_000; epoch++) {
      BOTH.copy(data, 9, Normalization.none(), Augmentation.key(5), epoch, words, image, found, 0);
      for (int k = 0; k < 50; k++) {
        data.copyCrop(
            9, Normalization.none(), k / 10 - 2, k / 2 % 5 - 2, k % 2 == 1, image, wanted, 0);
        if (Arrays.equals(found, wanted)) {
          counts.merge("change " + k, 1, Integer::sum);
        }
      }
    }
    assertThat(counts).hasSize(50);
    assertThat(counts.values().stream().mapToInt(n -> n).sum()).isEqualTo(10_000);
    // Five standard deviations; the seed is fixed, so this passes always or never.
    assertThat(counts.values()).allSatisfy(n -> assertThat(n).isBetween(130, 270));
  }

  @Test
  void eachKindAlone() {
    Set<String> flipped = new HashSet<>();
    Set<String> cropped = new HashSet<>();
    for (long epoch = 0; epoch < 200; epoch++) {
      flipped.add(Arrays.toString(changed(new Augmentation(0, true), 40, 1, epoch).get(0)));
      cropped.add(Arrays.toString(changed(new Augmentation(1, false), 40, 1, epoch).get(0)));
    }
    assertThat(flipped).hasSize(2);
    assertThat(cropped).hasSize(9);
    float[] plain = new float[25];
    MANY.copyFeatures(7, Normalization.none(), plain, 0);
    assertThat(changed(Augmentation.NONE, 10, 1, 5).get(7)).isEqualTo(plain);
  }

  @Test
  void theChangesArePinned() {
    // From the definition, by hand on the words of an independent Philox: no version may change
    // them, or old runs could not be repeated.
    int[] words = new int[Philox4x32.WORDS];
    Philox4x32.block(Augmentation.key(42), 7, 3, words, 0);
    int down = (int) (Integer.toUnsignedLong(words[0]) * 9 / (1L << 32)) - 4;
    int right = (int) (Integer.toUnsignedLong(words[1]) * 9 / (1L << 32)) - 4;
    assertThat(new int[] {down, right, words[2] >>> 31}).containsExactly(3, 3, 0);
    float[] image = new float[25];
    float[] found = new float[25];
    float[] wanted = new float[25];
    new Augmentation(4, true)
        .copy(MANY, 7, Normalization.none(), Augmentation.key(42), 3, words, image, found, 0);
    MANY.copyCrop(7, Normalization.none(), down, right, words[2] < 0, image, wanted, 0);
    assertThat(found).isEqualTo(wanted);
  }

  @Test
  void allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    BatchIterator batches = new BatchIterator(MANY, Normalization.unit(), BOTH, 8, 1);
    float[] x = new float[8 * 25];
    float[] y = new float[8 * 40];
    // Compilation may allocate on this thread: warm-up ends with the first round that does not.
    for (int round = 0; round < 100; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int b = 0; b < 500; b++) {
        batches.fill(b / 5, b % 5, x, y);
      }
      if (threads.getCurrentThreadAllocatedBytes() == before) {
        return;
      }
    }
    throw new AssertionError("filling batches goes on allocating");
  }

  @Test
  void refusesWhatIsNoImage() {
    Dataset rows = Dataset.ofBytes("rows", IMAGE, 24, new int[1], 1);
    assertThatThrownBy(() -> new BatchIterator(rows, Normalization.none(), BOTH, 1, 0))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.augment is given, but examples of rows are rows of 24 numbers")
        .hasMessageContaining("data.shape");
    assertThatThrownBy(() -> new Augmentation(3, false).check(ONE))
        .isInstanceOf(BadInputException.class)
        .hasMessageContaining("data.cropPadding is 3, but images of one are 3 x 4 x 2")
        .hasMessageContaining("less than 3");
    new Augmentation(2, true).check(ONE);
    Augmentation.NONE.check(rows);
    assertThatIllegalArgumentException().isThrownBy(() -> new Augmentation(-1, true));
  }
}
