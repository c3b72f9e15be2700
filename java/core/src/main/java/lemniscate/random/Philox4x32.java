package lemniscate.random;

/**
 * The counter-based generator Philox4x32-10: a keyed bijection of 128-bit counters.
 *
 * <p>Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 * Words are unsigned 32-bit numbers kept in {@code int}; the least significant word comes first.
 */
public final class Philox4x32 {
  /** Words in a counter and in a block of output. */
  public static final int WORDS = 4;

  private static final int ROUNDS = 10;
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;

  /** Weyl increments of the key: the golden ratio and sqrt(3) - 1, as fractions of 2^32. */
  private static final int KEY_INCREMENT_0 = 0x9E3779B9;

  private static final int KEY_INCREMENT_1 = 0xBB67AE85;

  private static final long WORD_MASK = 0xFFFFFFFFL;

  private Philox4x32() {}

  /**
   * Writes the block of random words that belongs to a key and a counter.
   *
   * @param key 64-bit key; key word 0 is its low half
   * @param counterLow low 64 bits of the counter: words 0 and 1
   * @param counterHigh high 64 bits of the counter: words 2 and 3
   * @param out receives {@link #WORDS} words
   * @param offset index in {@code out} of the first word
   * @throws IndexOutOfBoundsException if {@code out} has no room for the block
   */
  public static void block(long key, long counterLow, long counterHigh, int[] out, int offset) {
    int c0 = (int) counterLow;
    int c1 = (int) (counterLow >>> 32);
    int c2 = (int) counterHigh;
    int c3 = (int) (counterHigh >>> 32);
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = (MULTIPLIER_0 & WORD_MASK) * (c0 & WORD_MASK);
      long product1 = (MULTIPLIER_1 & WORD_MASK) * (c2 & WORD_MASK);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += KEY_INCREMENT_0;
      k1 += KEY_INCREMENT_1;
    }
    out[offset] = c0;
    out[offset + 1] = c1;
    out[offset + 2] = c2;
    out[offset + 3] = c3;
  }
}
