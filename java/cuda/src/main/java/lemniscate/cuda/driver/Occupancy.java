package lemniscate.cuda.driver;

/**
 * What a device of compute capability 9.0 holds at once, by threads and shared memory alone: for
 * devices that are none. Registers, and where on the chip a cluster must lie, are left out.
 *
 * @param multiprocessors of the device
 * @param sharedBytes that a block can have if it is asked for
 */
public record Occupancy(int multiprocessors, int sharedBytes) {

  /** Threads of a multiprocessor (CUDA programming guide, technical specifications). */
  private static final int THREADS = 2048;

  /** Blocks of a multiprocessor. */
  private static final int BLOCKS = 32;

  /** Shared memory that each block has on top, and a multiprocessor above what a block can have. */
  private static final int OF_SYSTEM = 1 << 10;

  /** Blocks of a cluster that every device with clusters takes. */
  private static final int PORTABLE_CLUSTER = 8;

  /** Blocks of a cluster that compute capability 9.0 takes of a kernel that asks for it. */
  private static final int LARGEST_CLUSTER = 16;

  /** As {@link Device#residentBlocks}. */
  public int residentBlocks(Launch launch) {
    int blocks = perMultiprocessor(launch) * multiprocessors;
    return blocks - blocks % launch.cluster();
  }

  /** As {@link Device#largestCluster}. */
  public int largestCluster(Launch launch) {
    int blocks = perMultiprocessor(launch) * multiprocessors;
    int most = launch.cluster() > PORTABLE_CLUSTER ? LARGEST_CLUSTER : PORTABLE_CLUSTER;
    return Math.clamp(Integer.highestOneBit(blocks), 1, most);
  }

  private int perMultiprocessor(Launch launch) {
    if (launch.sharedBytes() > sharedBytes) {
      return 0;
    }
    int byShared = (sharedBytes + OF_SYSTEM) / (launch.sharedBytes() + OF_SYSTEM);
    return Math.min(Math.min(THREADS / launch.threads(), byShared), BLOCKS);
  }
}
