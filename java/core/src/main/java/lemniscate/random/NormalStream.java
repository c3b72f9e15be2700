package lemniscate.random;

import java.util.Objects;

/**
 * An endless sequence of independent standard normals, each a pure function of (seed, stream,
 * index).
 *
 * <p>Elements 4k … 4k+3 come from the Philox4x32-10 block with the seed as key and the counter (low
 * k, high stream). A word w becomes the uniform (w + ½) 2^-32, inside (0, 1); words 0, 1 and words
 * 2, 3 each give two normals by Box and Muller: sqrt(-2 ln u) cos(2πv), then with the sine. The
 * largest normal possible is therefore sqrt(66 ln 2) ≈ 6.76.
 *
 * <p>{@link StrictMath} computes the elementary functions, so the bits are the same on every
 * machine and whether code is interpreted or compiled.
 *
 * @param seed key of the generator
 * @param stream which of the seed's 2^64 independent sequences
 */
public record NormalStream(long seed, long stream) {
  private static final double WORD_STEP = 0x1p-32;

  /**
   * The normal at an index.
   *
   * @param index position in the stream, at least 0
   * @return a standard normal
   * @throws IllegalArgumentException if the index is negative
   */
  public double normal(long index) {
    double[] out = new double[1];
    fill(index, out, 0, 1);
    return out[0];
  }

  /**
   * The uniform at an index, from the word that also serves the normals of its block: take one kind
   * from a stream, not both.
   *
   * @param index position in the stream, at least 0
   * @return a number strictly between 0 and 1
   * @throws IllegalArgumentException if the index is negative
   */
  public double uniform(long index) {
    requireIndex(index);
    int[] words = new int[Philox4x32.WORDS];
    Philox4x32.block(seed, index >>> 2, stream, words, 0);
    return toUniform(words[(int) (index & 3)]);
  }

  /**
   * Writes consecutive normals, bit for bit those of {@link #normal}.
   *
   * @param firstIndex position in the stream of the first one, at least 0
   * @param out receives the normals; other elements keep their values
   * @param offset index in {@code out} of the first one
   * @param count how many, at least 0
   * @throws IllegalArgumentException if the first index is negative
   * @throws IndexOutOfBoundsException if {@code out} has no such range
   */
  public void fill(long firstIndex, double[] out, int offset, int count) {
    fill(seed, stream, firstIndex, out, offset, count, new int[Philox4x32.WORDS], true);
  }

  /**
   * Writes consecutive normals by the platform's {@link Math}: those of {@link #fill} but for a few
   * units in the last place, in a fraction of the time. Makes no object.
   *
   * @param seed key of the generator
   * @param stream number of the stream
   * @param firstIndex position in the stream of the first one, at least 0
   * @param out receives the normals from position 0 on
   * @param count how many, at least 0
   * @param words scratch for {@link Philox4x32#WORDS} words
   */
  public static void fillNearly(
      long seed, long stream, long firstIndex, double[] out, int count, int[] words) {
    fill(seed, stream, firstIndex, out, 0, count, words, false);
  }

  private static void fill(
      long seed,
      long stream,
      long firstIndex,
      double[] out,
      int offset,
      int count,
      int[] words,
      boolean strict) {
    requireIndex(firstIndex);
    Objects.checkFromIndexSize(offset, count, out.length);
    int done = 0;
    while (done < count) {
      long index = firstIndex + done;
      long block = index >>> 2;
      Philox4x32.block(seed, block, stream, words, 0);
      int from = (int) (index & 3);
      int to = Math.min(4, from + count - done);
      for (int pair = from >> 1; 2 * pair < to; pair++) {
        double u = toUniform(words[2 * pair]);
        double angle = 2 * Math.PI * toUniform(words[2 * pair + 1]);
        double radius = Math.sqrt(-2 * (strict ? StrictMath.log(u) : Math.log(u)));
        int position = offset + done + 2 * pair - from;
        if (2 * pair >= from) {
          out[position] = radius * (strict ? StrictMath.cos(angle) : Math.cos(angle));
        }
        if (2 * pair + 1 < to) {
          out[position + 1] = radius * (strict ? StrictMath.sin(angle) : Math.sin(angle));
        }
      }
      done += to - from;
    }
  }

  private static double toUniform(int word) {
    return ((word & 0xFFFFFFFFL) + 0.5) * WORD_STEP;
  }

  private static void requireIndex(long index) {
    if (index < 0) {
      throw new IllegalArgumentException("Index " + index + " in a random stream: below 0.");
    }
  }
}
