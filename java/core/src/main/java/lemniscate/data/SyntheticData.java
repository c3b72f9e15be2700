package lemniscate.data;

/**
 * Data from a random teacher network, made in memory: inputs x ~ N(0, I), teacher
 *
 * <pre>  f(x) = W2 tanh(W1 x / √d) / √m,   W1 (m x d), W2 (k x m) with entries ~ N(0, 1)</pre>
 *
 * with d features, m hidden units and k outputs. Classification labels an example with the index of
 * the largest output (the first of equals); classes are not balanced. Regression has f(x) itself as
 * targets, without noise.
 *
 * <p>Every number is a function of (seed, its position) alone: the first 100 examples of a split
 * are the same whether 100 or 10,000 are made, and, as the elementary functions are those of {@link
 * StrictMath}, the same bits on every machine.
 */
public final class SyntheticData {
  // One sub-stream of the seed for each array.
  private static final int STREAM_FIRST_LAYER = 0;
  private static final int STREAM_SECOND_LAYER = 1;
  private static final int STREAM_TRAIN = 2;
  private static final int STREAM_TEST = 3;

  private SyntheticData() {}

  /**
   * Makes both splits; they share the teacher.
   *
   * @param name name of the set
   * @param spec sizes and kind
   * @param seed seed of teacher and inputs
   */
  public static DataSplits make(String name, SyntheticSpec spec, long seed) {
    spec.requireRoom();
    double[] first =
        gaussians(SplitMix64.key(seed, STREAM_FIRST_LAYER), spec.teacherWidth() * spec.features());
    double[] second =
        gaussians(SplitMix64.key(seed, STREAM_SECOND_LAYER), spec.outputs() * spec.teacherWidth());
    return new DataSplits(
        name,
        split(
            name + "/train", spec, spec.train(), SplitMix64.key(seed, STREAM_TRAIN), first, second),
        split(name + "/test", spec, spec.test(), SplitMix64.key(seed, STREAM_TEST), first, second));
  }

  private static Dataset split(
      String name, SyntheticSpec spec, int size, long key, double[] first, double[] second) {
    int d = spec.features();
    int m = spec.teacherWidth();
    int k = spec.outputs();
    float[] x = new float[size * d];
    int[] labels = new int[spec.regression() ? 0 : size];
    float[] targets = new float[spec.regression() ? size * k : 0];
    double[] hidden = new double[m];
    double[] output = new double[k];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < d; j++) {
        x[i * d + j] = (float) gaussian(key, (long) i * d + j);
      }
      for (int h = 0; h < m; h++) {
        double sum = 0;
        for (int j = 0; j < d; j++) {
          sum += first[h * d + j] * x[i * d + j];
        }
        hidden[h] = StrictMath.tanh(sum / Math.sqrt(d));
      }
      int best = 0;
      for (int o = 0; o < k; o++) {
        double sum = 0;
        for (int h = 0; h < m; h++) {
          sum += second[o * m + h] * hidden[h];
        }
        output[o] = sum / Math.sqrt(m);
        best = output[o] > output[best] ? o : best;
      }
      if (spec.regression()) {
        for (int o = 0; o < k; o++) {
          targets[i * k + o] = (float) output[o];
        }
      } else {
        labels[i] = best;
      }
    }
    return spec.regression()
        ? Dataset.ofFloats(name, x, d, targets, k)
        : Dataset.ofFloats(name, x, d, labels, k);
  }

  private static double[] gaussians(long key, int count) {
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = gaussian(key, i);
    }
    return values;
  }

  /**
   * Standard normal number {@code index} of a stream: Box-Muller on words 2 index and 2 index + 1.
   */
  private static double gaussian(long key, long index) {
    double radius =
        Math.sqrt(-2 * StrictMath.log(SplitMix64.unit(SplitMix64.word(key, 2 * index))));
    return radius
        * StrictMath.cos(2 * Math.PI * SplitMix64.unit(SplitMix64.word(key, 2 * index + 1)));
  }
}
