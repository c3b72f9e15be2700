package lemniscate.data;

import java.util.Arrays;
import java.util.List;
import lemniscate.config.BadInputException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a part of the examples of a set for the test, by chance and of each class alike.
 *
 * <p>The examples are put into an order by class and, within a class, by words of a counter-based
 * generator (word i of the key of the seed for example i, {@link SplitMix64}). The first of each
 * class is for training; of the N others, that at place p is for the test if ⌊(p + 1) r⌋ > ⌊p r⌋,
 * with r so that the whole fraction comes out. Both splits keep the order of the file.
 */
final class TestSplit {
  // Apart from the streams of the shuffles and of the changes of images.
  private static final long STREAM = -3;

  private TestSplit() {}

  /**
   * Splits a set.
   *
   * @param name name of the set
   * @param whole all examples
   * @param options fraction and seed
   * @param classNames what the classes are called
   * @param notes what is to be said
   * @throws BadInputException if no fraction is given, or no example would be left in a split
   */
  static DataSplits of(
      String name,
      Dataset whole,
      SplitOptions options,
      List<String> classNames,
      List<String> notes) {
    boolean[] test = chosen(whole, fraction(name, options), options.seed());
    int count = 0;
    for (boolean t : test) {
      count += t ? 1 : 0;
    }
    if (count == 0 || count == test.length) {
      throw new BadInputException(
          "data.testFraction is %s, which leaves %d of the %d examples of %s for training and %d for the test, expected at least 1 in both; give another fraction, or more examples."
              .formatted(options.testFraction(), test.length - count, test.length, name, count));
    }
    return new DataSplits(
        name,
        whole.select(name + "/train", where(test, false, test.length - count)),
        whole.select(name + "/test", where(test, true, count)),
        classNames,
        notes);
  }

  private static double fraction(String name, SplitOptions options) {
    Double fraction = options.testFraction();
    if (fraction == null) {
      throw new BadInputException(
          name
              + " has no test examples of its own; expected data.testFraction, the part of the"
              + " examples that is kept for the test, such as 0.2, or test examples beside those of"
              + " training.");
    }
    return fraction;
  }

  private static boolean[] chosen(Dataset whole, double fraction, @Nullable Long seed) {
    int n = whole.size();
    long key = SplitMix64.key(seed == null ? 0 : seed, STREAM);
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Arrays.sort(
        order,
        (a, b) -> {
          int byClass = Integer.compare(group(whole, a), group(whole, b));
          return byClass != 0
              ? byClass
              : Long.compare(SplitMix64.word(key, a), SplitMix64.word(key, b));
        });
    int groups = 0;
    for (int k = 0; k < n; k++) {
      groups += first(whole, order, k) ? 1 : 0;
    }
    double rate = n == groups ? 0 : Math.min(1, fraction * n / (n - groups));
    boolean[] test = new boolean[n];
    long place = 0;
    for (int k = 0; k < n; k++) {
      if (!first(whole, order, k)) {
        // A hair more, so that a fifth of ten is two whatever the rounding.
        test[order[k]] =
            Math.floor((place + 1) * rate + ROUNDING) > Math.floor(place * rate + ROUNDING);
        place++;
      }
    }
    return test;
  }

  private static final double ROUNDING = 1e-9;

  private static boolean first(Dataset whole, Integer[] order, int k) {
    return k == 0 || group(whole, order[k]) != group(whole, order[k - 1]);
  }

  private static int group(Dataset whole, int example) {
    return whole.classification() ? whole.label(example) : 0;
  }

  private static int[] where(boolean[] test, boolean wanted, int count) {
    int[] examples = new int[count];
    int to = 0;
    for (int i = 0; i < test.length; i++) {
      if (test[i] == wanted) {
        examples[to++] = i;
      }
    }
    return examples;
  }
}
