package lemniscate.data;

/**
 * A counter-based generator of 64-bit words: word {@code k} of the stream with key {@code s} is
 * {@code mix(s + (k + 1) γ)} with {@code γ = 0x9E3779B97F4A7C15} and the finaliser of SplitMix64
 * (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Any word
 * can be had without those before it, and integer arithmetic alone makes it, so that the words are
 * the same on every machine.
 *
 * <p>The data package draws from its own generator, apart from the one that initialises weights:
 * the order of the examples does not change when the network does.
 */
final class SplitMix64 {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;
  private static final double TWO_TO_MINUS_53 = 0x1.0p-53;

  private SplitMix64() {}

  /** The finaliser: a bijection on 64-bit words. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** Word {@code counter} of the stream {@code key}. */
  static long word(long key, long counter) {
    return mix(key + (counter + 1) * GAMMA);
  }

  /** The key of sub-stream {@code index} of {@code seed}: word {@code index} of the mixed seed. */
  static long key(long seed, long index) {
    return word(mix(seed), index);
  }

  /**
   * A number in [0, bound): the high half of the 128-bit product of a word and the bound. Its bias
   * is at most bound / 2^64, and it takes one word whatever the outcome, so that draw k always is
   * word k.
   */
  static int below(long word, int bound) {
    return (int) Math.unsignedMultiplyHigh(word, bound);
  }

  /** A number in (0, 1], a multiple of 2^-53: never zero, so that its logarithm is finite. */
  static double unit(long word) {
    return ((word >>> 11) + 1) * TWO_TO_MINUS_53;
  }
}
