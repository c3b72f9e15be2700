package lemniscate.backend.cpu;

import org.jspecify.annotations.Nullable;

/**
 * A convolution whose patches are laid out on the way, each thread for its own part of the result.
 */
final class Convolution implements CpuOperation, WorkerPool.Task {

  /** Below this many floating-point operations one thread is quicker. */
  private static final double PARALLEL_FROM = 400_000;

  /** Makes a part of the result. */
  @FunctionalInterface
  interface Part {

    /**
     * Called by one thread.
     *
     * @param thread whose room is used
     * @param from first index of the part
     * @param to one past the last
     */
    void make(int thread, int from, int to);
  }

  private final @Nullable PackedWeight weight;
  private final int side;
  private final boolean large;
  private final Part part;

  /**
   * Takes a way to make it.
   *
   * @param weight what is packed before, if anything
   * @param side number of indices that the threads share
   * @param flops floating-point operations
   */
  Convolution(@Nullable PackedWeight weight, int side, double flops, Part part) {
    this.weight = weight;
    this.side = side;
    this.large = flops >= PARALLEL_FROM;
    this.part = part;
  }

  @Override
  public void run(WorkerPool pool) {
    boolean shared = large && pool.threads() > 1;
    if (weight != null) {
      if (shared) {
        weight.run(pool);
      } else {
        weight.run(0, 1);
      }
    }
    if (shared) {
      pool.run(this);
    } else {
      run(0, 1);
    }
  }

  @Override
  public void run(int thread, int threads) {
    int from = (int) ((long) side * thread / threads);
    int to = (int) ((long) side * (thread + 1) / threads);
    if (from < to) {
      part.make(thread, from, to);
    }
  }
}
