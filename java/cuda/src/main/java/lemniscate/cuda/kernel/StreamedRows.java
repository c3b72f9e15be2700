package lemniscate.cuda.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Programs of {@code kernels/rows/row_program.cu}, whose blocks read weights from the second-level
 * cache for every product.
 */
final class StreamedRows implements RowPrograms.RowForm {

  /** Rows of a block: kProgramRows of {@code row_product.cuh}. */
  private static final int ROWS = 8;

  /** kProgramThreads of {@code row_product.cuh}. */
  private static final int THREADS = 256;

  /** Below this the saving is not worth another shape of launch. */
  static final int FEWEST = 6;

  /**
   * What a block may read of matrices for every launch saved. A launch in a graph costs about 2.5
   * µs; in that time a multiprocessor takes some 280 kB from the second-level cache, at 64 bytes a
   * cycle of 1.75 GHz.
   */
  private static final long BYTES_A_LAUNCH = 256 << 10;

  /**
   * The widest network that programs serve until they have been measured. A multiply-add of theirs
   * takes about four instructions and a batch of 64 rows uses 8 multiprocessors, so that the
   * library's products are expected to win above: an estimate, which no model or run has.
   */
  private static final int WIDEST = 224;

  private final int multiprocessors;

  StreamedRows(int multiprocessors) {
    this.multiprocessors = multiprocessors;
  }

  // It could; what would then become of the first layer's product has not been measured.
  @Override
  public boolean takesSums() {
    return false;
  }

  @Override
  public RowPrograms.@Nullable Program program(RowChain chain) {
    long saved = chain.saved();
    if (saved < FEWEST
        || chain.side() > WIDEST
        || chain.rows() > (long) ROWS * multiprocessors
        || chain.matrixBytes() > saved * BYTES_A_LAUNCH) {
      return null;
    }
    List<long[]> instructions =
        chain.instructions().stream().map(RowChain.Instruction::words).toList();
    String kernel = WorkList.entry("row_program", chain.precision().dtype());
    return new RowPrograms.Program(
        instructions,
        address ->
            RowPrograms.launch(kernel, chain, ROWS, THREADS, 0, instructions.size(), address));
  }
}
