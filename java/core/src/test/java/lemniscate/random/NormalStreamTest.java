package lemniscate.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class NormalStreamTest {
  private static final int COUNT = 1_000_000;
  private static final double ROOT_COUNT = Math.sqrt(COUNT);

  /** Seed and stream 0 at block 0 use the published block 6627e8d5 e169c58d bc57ac4c 9b00dbd8. */
  @Test
  void firstBlockIsBoxMullerOfTheKnownWords() {
    NormalStream stream = new NormalStream(0, 0);
    double[] words = {0x6627e8d5L, 0xe169c58dL, 0xbc57ac4cL, 0x9b00dbd8L};
    for (int i = 0; i < 4; i++) {
      assertThat(stream.uniform(i)).isEqualTo((words[i] + 0.5) / 4294967296.0);
    }
    assertBoxMuller(stream, 0);
  }

  /** Normals and uniforms of a stream come from the same words. */
  private static void assertBoxMuller(NormalStream stream, long firstOfBlock) {
    for (long i = firstOfBlock; i < firstOfBlock + 4; i += 2) {
      double radius = Math.sqrt(-2 * Math.log(stream.uniform(i)));
      double angle = 2 * Math.PI * stream.uniform(i + 1);
      // A few units in the last place between Math and StrictMath.
      assertThat(stream.normal(i)).isCloseTo(radius * Math.cos(angle), within(1e-14));
      assertThat(stream.normal(i + 1)).isCloseTo(radius * Math.sin(angle), within(1e-14));
    }
  }

  /** The counter is (low: block, high: stream), as kernels on other devices compute it. */
  @Test
  void uniformUsesSeedAsKeyAndBlockAndStreamAsCounter() {
    long seed = 0x0123456789abcdefL;
    long stream = -5;
    long block = (1L << 40) + 3;
    int[] words = new int[4];
    Philox4x32.block(seed, block, stream, words, 0);
    NormalStream source = new NormalStream(seed, stream);
    for (int i = 0; i < 4; i++) {
      double expected = (Integer.toUnsignedLong(words[i]) + 0.5) * 0x1p-32;
      assertThat(source.uniform(4 * block + i)).isEqualTo(expected);
    }
    assertBoxMuller(source, 4 * block);
  }

  @Test
  void fillIsNormalBitForBitAtEveryAlignment() {
    NormalStream stream = new NormalStream(42, 3);
    for (long first = 0; first < 9; first++) {
      for (int count = 0; count < 14; count++) {
        for (int offset = 0; offset < 3; offset++) {
          double[] out = new double[offset + count + 2];
          Arrays.fill(out, Double.NaN);
          stream.fill(first, out, offset, count);
          for (int i = 0; i < out.length; i++) {
            boolean inside = i >= offset && i < offset + count;
            double expected = inside ? stream.normal(first + i - offset) : Double.NaN;
            assertThat(Double.doubleToRawLongBits(out[i]))
                .as("first %d, count %d, offset %d, element %d", first, count, offset, i)
                .isEqualTo(Double.doubleToRawLongBits(expected));
          }
        }
      }
    }
  }

  @Test
  void normalsHaveTheMomentsOfTheStandardNormal() {
    double[] x = sample(new NormalStream(7, 0));
    // Five standard errors sqrt(Var/n) for each moment: variances of x, x², x³, x⁴ are 1, 2, 15,
    // 96.
    assertThat(moment(x, 1)).isCloseTo(0, within(5 * 1 / ROOT_COUNT));
    assertThat(moment(x, 2)).isCloseTo(1, within(5 * Math.sqrt(2) / ROOT_COUNT));
    assertThat(moment(x, 3)).isCloseTo(0, within(5 * Math.sqrt(15) / ROOT_COUNT));
    assertThat(moment(x, 4)).isCloseTo(3, within(5 * Math.sqrt(96) / ROOT_COUNT));
    // P(|x| > 1.959964) = 0.05; five standard errors of a proportion.
    double tail = Arrays.stream(x).filter(v -> Math.abs(v) > 1.959964).count() / (double) COUNT;
    assertThat(tail).isCloseTo(0.05, within(5 * Math.sqrt(0.05 * 0.95) / ROOT_COUNT));
  }

  @Test
  void uniformsHaveTheMomentsOfTheUnitInterval() {
    NormalStream stream = new NormalStream(7, 1);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < COUNT; i++) {
      double u = stream.uniform(i);
      assertThat(u > 0 && u < 1).isTrue();
      sum += u;
      squares += u * u;
    }
    // Five standard errors: Var u = 1/12, Var u² = 4/45.
    assertThat(sum / COUNT).isCloseTo(0.5, within(5 * Math.sqrt(1.0 / 12) / ROOT_COUNT));
    assertThat(squares / COUNT).isCloseTo(1.0 / 3, within(5 * Math.sqrt(4.0 / 45) / ROOT_COUNT));
  }

  @Test
  void streamsSeedsAndNeighboursAreUncorrelated() {
    double[] x = sample(new NormalStream(7, 0));
    double[][] others = {
      sample(new NormalStream(7, 1)), sample(new NormalStream(8, 0)), shifted(x, 1), shifted(x, 2)
    };
    for (double[] y : others) {
      double plain = 0;
      double squared = 0;
      for (int i = 0; i < COUNT; i++) {
        plain += x[i] * y[i];
        // Uncorrelated but dependent pairs (common radius) would show here.
        squared += (x[i] * x[i] - 1) * (y[i] * y[i] - 1);
      }
      // Five standard errors: variances of a product of independent factors, 1 and 2 · 2.
      assertThat(plain / COUNT).isCloseTo(0, within(5 / ROOT_COUNT));
      assertThat(squared / COUNT).isCloseTo(0, within(5 * 2 / ROOT_COUNT));
    }
  }

  @Test
  void refusesNegativeIndicesAndRangesOutsideTheArray() {
    NormalStream stream = new NormalStream(1, 1);
    assertThatIllegalArgumentException().isThrownBy(() -> stream.normal(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> stream.uniform(-1));
    assertThatThrownBy(() -> stream.fill(0, new double[4], 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static double[] sample(NormalStream stream) {
    double[] x = new double[COUNT];
    Arrays.fill(x, Double.NaN);
    stream.fill(0, x, 0, COUNT);
    return x;
  }

  private static double[] shifted(double[] x, int by) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[(i + by) % x.length];
    }
    return y;
  }

  private static double moment(double[] x, int power) {
    return Arrays.stream(x).map(v -> Math.pow(v, power)).sum() / x.length;
  }

  /**
   * Both are good to some units in the last place: 1e-15 relative, and near zeros of sine 1e-15.
   */
  @Test
  void platformFunctionsGiveNearlyTheSame() {
    double[] exact = new double[1001];
    double[] near = new double[1001];
    new NormalStream(5, 1L << 50).fill(3, exact, 0, exact.length);
    NormalStream.fillNearly(5, 1L << 50, 3, near, near.length, new int[Philox4x32.WORDS]);
    for (int i = 0; i < exact.length; i++) {
      assertThat(near[i]).isCloseTo(exact[i], within(1e-14));
    }
  }
}
