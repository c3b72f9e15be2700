package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.List;
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

  private static final String TOTAL = "sum_partials";

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

  /** The address that a second stage reads from, or 0 for other work. */
  static long read(Launch launch) {
    return launch.kernel().equals(TOTAL) ? launch.parameters().get(1)[0] : 0;
  }

  /** The address of the sum that a second stage makes. */
  static long total(Launch launch) {
    return launch.parameters().getLast()[0];
  }

  /** A second stage that adds what so many blocks have written. */
  static Launch of(Launch launch, int blocks) {
    List<long[]> parameters = new ArrayList<>(launch.parameters());
    parameters.set(2, new long[] {blocks});
    return new Launch(launch.kernel(), 1, 1, launch.threads(), false, parameters);
  }

  /** total = (accumulate ? total : 0) + factor · the sum of what the first stage wrote. */
  void total(Geometry firstStage, double factor, boolean accumulate, Tensor total) {
    work.launch(
        TOTAL,
        new Geometry(1, Geometry.THREADS),
        CudaOperations.bits(factor),
        address,
        firstStage.blocks(),
        accumulate ? 1 : 0,
        WorkList.address(total));
  }
}
