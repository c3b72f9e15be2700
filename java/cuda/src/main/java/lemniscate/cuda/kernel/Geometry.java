package lemniscate.cuda.kernel;

import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.DType;

/**
 * How many blocks of how many threads a kernel is launched with.
 *
 * @param blocks along x
 * @param threads a block
 */
record Geometry(int blocks, int threads) {

  /** Threads a block of most kernels, and the most of any: kMostThreads of {@code kernel.cuh}. */
  static final int THREADS = 256;

  /** Threads a block where there is little to do. */
  private static final int FEW_THREADS = 64;

  /** kPackBytes of {@code kernels/common/packs.cuh}. */
  private static final int PACK_BYTES = 16;

  // Enough warps on each multiprocessor to hide the latency of memory: 8 blocks of 256 are all 2048
  // threads that one can hold.
  private static final int BLOCKS_PER_MULTIPROCESSOR = 8;

  /** A thread an element, but no more blocks than the device can hold at once. */
  static Geometry elements(long elements, int multiprocessors) {
    long most = (long) multiprocessors * BLOCKS_PER_MULTIPROCESSOR;
    return new Geometry((int) Math.max(1, Math.min(blocks(elements), most)), THREADS);
  }

  /** A thread 16 bytes, as elementwise kernels move them. */
  static Geometry packs(long elements, DType dtype, int multiprocessors) {
    long packs = Math.ceilDiv(elements, PACK_BYTES / dtype.bytes());
    // What is small is spread over more multiprocessors by smaller blocks.
    int threads = packs < (long) multiprocessors * THREADS ? FEW_THREADS : THREADS;
    long most = (long) multiprocessors * BLOCKS_PER_MULTIPROCESSOR * THREADS / threads;
    long blocks = Math.ceilDiv(packs, threads);
    return new Geometry((int) Math.max(1, Math.min(blocks, most)), threads);
  }

  /**
   * For sums in two stages: the number of blocks, and so the order of the sum, follows from the
   * number of elements alone.
   */
  static Geometry sum(long elements, int most) {
    return new Geometry((int) Math.min(blocks(elements), most), THREADS);
  }

  /** A warp a row. */
  static Geometry rows(int rows, int multiprocessors) {
    return elements((long) rows * Launch.WARP, multiprocessors);
  }

  /** A block a row, or for the whole of something. */
  static Geometry blockEach(long rows, int multiprocessors) {
    return elements(rows * THREADS, multiprocessors);
  }

  /** One thread that works, of one warp. */
  static Geometry single() {
    return new Geometry(1, Launch.WARP);
  }

  private static long blocks(long elements) {
    return (elements + THREADS - 1) / THREADS;
  }
}
