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

  /** The most blocks of a first stage. */
  private static final int MOST_BLOCKS = 512;

  /** Number of float64 of scratch: 256 kB. */
  public static final int COUNT = 1 << 15;

  /** Rows that a block adds at least where a column has several. */
  private static final int ROWS_A_CHUNK = 256;

  private static final int MOST_CHUNKS = 64;

  private static final String TOTAL = "sum_partials";

  private final WorkList work;
  private final long address;

  PartialSums(WorkList work, long address) {
    this.work = work;
    this.address = address;
  }

  /** Geometry of a first stage. */
  Geometry geometry(long elements) {
    return Geometry.sum(elements, MOST_BLOCKS);
  }

  /** Geometry of a first stage with a warp a row. */
  Geometry rows(int rows) {
    return geometry((long) rows * Launch.WARP);
  }

  /** Geometry of a first stage with a block a row. */
  Geometry blockEach(int rows) {
    return geometry((long) rows * Geometry.THREADS);
  }

  /** Where the second of two sums writes whose first is still needed. */
  long second() {
    return address + (long) apart() * Double.BYTES;
  }

  /** Distance of sums that are needed together, in float64. */
  static int apart() {
    return MOST_BLOCKS;
  }

  /**
   * out = factor · the sum of the rows of x, in as many chunks of rows as follow from the shape.
   */
  void columns(double factor, Tensor x, Tensor out) {
    long width = x.columns();
    long chunks = Math.clamp(x.rows() / ROWS_A_CHUNK, 1, Math.clamp(COUNT / width, 1, MOST_CHUNKS));
    long groups = Math.ceilDiv(width, (long) Launch.WARP);
    work.launch(
        WorkList.entry("column_sum", x.dtype()),
        new Geometry(Math.toIntExact(groups * chunks), Geometry.THREADS),
        CudaOperations.bits(factor),
        WorkList.address(x),
        WorkList.address(out),
        address,
        x.rows(),
        width,
        chunks);
    if (chunks > 1) {
      work.launch(
          WorkList.entry("column_sum_chunks", x.dtype()),
          Geometry.elements(width, work.multiprocessors()),
          CudaOperations.bits(factor),
          address,
          WorkList.address(out),
          width,
          chunks);
    }
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
