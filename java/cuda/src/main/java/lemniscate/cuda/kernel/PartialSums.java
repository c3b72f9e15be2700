package lemniscate.cuda.kernel;

import lemniscate.cuda.driver.Launch;
import lemniscate.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The second stage of sums: one partial sum a block, in scratch that the sums of a stream use one
 * after the other.
 */
public final class PartialSums {

  /** Number of float64 of scratch, and so the most blocks of a first stage. */
  public static final int COUNT = 512;

  private final WorkList work;
  private final long address;

  PartialSums(WorkList work, long address) {
    this.work = work;
    this.address = address;
  }

  /** Geometry of a first stage. */
  Geometry geometry(long elements) {
    return Geometry.sum(elements, COUNT);
  }

  /** Geometry of a first stage with a warp a row. */
  Geometry rows(int rows) {
    return geometry((long) rows * Launch.WARP);
  }

  /** Geometry of a first stage with a block a row. */
  Geometry blockEach(int rows) {
    return geometry((long) rows * Geometry.THREADS);
  }

  /** Where a first stage writes. */
  long address() {
    return address;
  }

  /** Address for a first stage that makes no sum where nobody asks for one. */
  long address(@Nullable Tensor total) {
    return total == null ? 0 : address;
  }

  /** total = (accumulate ? total : 0) + factor · the sum of what the first stage wrote. */
  void total(Geometry firstStage, double factor, boolean accumulate, Tensor total) {
    work.launch(
        "sum_partials",
        new Geometry(1, Geometry.THREADS),
        CudaOperations.bits(factor),
        address,
        firstStage.blocks(),
        accumulate ? 1 : 0,
        WorkList.address(total));
  }
}
