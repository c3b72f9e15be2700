package lemniscate.data;

import lemniscate.config.BadInputException;
import lemniscate.random.Philox4x32;

/**
 * Random changes of training images, in each epoch others: a crop of the image's own size out of
 * the image with a black border, then a flip from left to right with probability 1/2. What an image
 * becomes is a pure function of (seed, epoch, example), whatever the batch it is in.
 *
 * <p>Words 0, 1 and 2 of the Philox block with a key from the seed and the counter (low example,
 * high epoch) give the place of the crop from the top, from the left, and the flip. An offset is ⌊w
 * (2p + 1) / 2^32⌋ - p for a border of p, a flip the highest bit.
 *
 * @param padding width of the border in pixels; 0 for no crop
 * @param flip whether images are flipped
 */
public record Augmentation(int padding, boolean flip) {
  /** Images stay as they are. */
  public static final Augmentation NONE = new Augmentation(0, false);

  /** The border that {@code data.augment: crop} has by itself. */
  public static final int USUAL_PADDING = 4;

  // A sub-stream of the seed that no epoch's shuffle has: those count from 0.
  private static final long STREAM = -2;

  /**
   * Checks the border.
   *
   * @throws IllegalArgumentException if it is negative
   */
  public Augmentation {
    if (padding < 0) {
      throw new IllegalArgumentException("a border of " + padding + " pixels");
    }
  }

  /** Whether images stay as they are. */
  public boolean isNone() {
    return padding == 0 && !flip;
  }

  /**
   * Refuses data that it cannot change.
   *
   * @throws BadInputException if examples have no places, or a crop may hold nothing of its image
   */
  public void check(Dataset train) {
    if (isNone()) {
      return;
    }
    if (train.shape().isFlat()) {
      throw new BadInputException(
          ("data.augment is given, but examples of %s are rows of %d numbers; expected images."
                  + " State their height, width and channels with data.shape (npz: and idx: sets),"
                  + " or leave data.augment out.")
              .formatted(train.name(), train.features()));
    }
    int shorter = Math.min(train.shape().height(), train.shape().width());
    if (padding >= shorter) {
      throw new BadInputException(
          ("data.cropPadding is %d, but images of %s are %s, so that a crop may hold nothing of"
                  + " its image; expected less than %d.")
              .formatted(padding, train.name(), train.shape(), shorter));
    }
  }

  /** The key of a seed's stream. */
  static long key(long seed) {
    return SplitMix64.key(seed, STREAM);
  }

  /**
   * Writes the features of an example, changed and normalised. Allocates nothing.
   *
   * @param key of {@link #key}
   * @param words scratch for {@link Philox4x32#WORDS} words
   * @param image scratch for {@code data.features()} numbers
   * @param dst receives {@code data.features()} numbers
   * @param offset index of the first one in {@code dst}
   */
  void copy(
      Dataset data,
      int example,
      Normalization normalization,
      long key,
      long epoch,
      int[] words,
      float[] image,
      float[] dst,
      int offset) {
    Philox4x32.block(key, example, epoch, words, 0);
    int down = place(words[0]);
    int right = place(words[1]);
    data.copyCrop(example, normalization, down, right, flip && words[2] < 0, image, dst, offset);
  }

  private int place(int word) {
    return (int) ((word & 0xFFFFFFFFL) * (2L * padding + 1) >>> 32) - padding;
  }
}
