package lemniscate.data;

/**
 * The numbers of a split by their index, in memory or in a file; read as float32 whatever they are
 * kept as. Safe to share between threads.
 */
sealed interface Numbers permits HeapFloats, StoredNumbers {
  /** How many there are. */
  long length();

  /** True for bytes 0..255, as images are, which {@link Normalization} treats as such. */
  boolean bytes();

  /** True if no number can be infinite or not a number. */
  boolean finite();

  /**
   * Reads numbers, normalised. Allocates nothing.
   *
   * @param first index of the first one
   * @param count how many
   * @param normalization what is done to each
   * @param dst receives them
   * @param offset index of the first one in {@code dst}
   */
  void read(long first, int count, Normalization normalization, float[] dst, int offset);

  /**
   * Reads bytes as they are, into the start of an array.
   *
   * @throws IllegalStateException unless {@link #bytes}
   */
  void readBytes(long first, int count, byte[] dst);

  /**
   * Refuses numbers in a file that is no longer what it was when it was opened.
   *
   * @throws lemniscate.config.BadInputException if it was written to or cut
   */
  void requireUnchanged();
}
