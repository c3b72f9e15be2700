package lemniscate.cuda.kernel;

import java.util.List;
import lemniscate.backend.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Programs of {@code kernels/rows/resident_program.cu}: a block brings the weights of a relaxation
 * to its shared memory once, and multiplies by them there in both directions, in all steps. What
 * room is left holds the rows that are used most, so that errors and states are made where a
 * product has left its tile. A weight that is used once or does not fit is read where it lies.
 */
final class ResidentRows implements RowPrograms.RowForm {

  /** Columns of the rows that a product takes at a time, at most. */
  private static final int STAGED = 256;

  /**
   * What a block may read of matrices that it does not keep for every launch saved: few warps wait
   * for the second-level cache there, some 100 GB/s a multiprocessor, so for an eighth of the time
   * of a launch. An estimate, not measured.
   */
  static final long BYTES_A_LAUNCH = 16 << 10;

  private final int multiprocessors;
  private final int sharedBytes;
  private final boolean takesSums;
  private final boolean keepsMost;

  /**
   * For a device.
   *
   * @param takesSums whether the feed-forward pass before a relaxation is taken in, with its loss
   * @param keepsMost whether little may be left out of the weights that are used often
   */
  ResidentRows(int multiprocessors, int sharedBytes, boolean takesSums, boolean keepsMost) {
    this.multiprocessors = multiprocessors;
    this.sharedBytes = sharedBytes;
    this.takesSums = takesSums;
    this.keepsMost = keepsMost;
  }

  @Override
  public boolean takesSums() {
    return takesSums;
  }

  @Override
  public RowPrograms.@Nullable Program program(RowChain chain) {
    long saved = chain.saved();
    if (saved < StreamedRows.FEWEST || chain.rows() > (long) SharedRoom.ROWS * multiprocessors) {
      return null;
    }
    Whole whole = new Whole();
    SharedRoom room = new SharedRoom(chain, sharedBytes, whole);
    whole.columns = (int) Math.min(STAGED, SharedRoom.filled(room.longestSide()));
    whole.staged =
        room.take(
            SharedRoom.ROWS * (whole.columns * (long) room.elementBytes() + SharedRoom.APART));
    if (room.overflows()) {
      return null;
    }
    room.keepWeights();
    room.keepRows();
    if (!room.keepsSome()
        || keepsMost && !room.keepsMost()
        || room.streamedBytes() > saved * BYTES_A_LAUNCH) {
      return null;
    }
    List<long[]> instructions = room.instructions();
    return new RowPrograms.Program(
        instructions,
        address ->
            RowPrograms.launch(
                kernel(chain.precision()),
                chain,
                SharedRoom.ROWS,
                SharedRoom.THREADS,
                room.used(),
                instructions.size(),
                address));
  }

  private static String kernel(Precision precision) {
    return switch (precision) {
      case FP32 -> "resident_program_f32";
      case FP64 -> "resident_program_f64";
      case TF32 -> "resident_program_tf32";
      case BF16 -> "resident_program_bf16";
    };
  }

  /** A block has all of a matrix. */
  private static final class Whole implements SharedRoom.Slices {

    // Parameters of a product that only this kernel has.
    private static final int PRODUCT_STAGED = 8;
    private static final int PRODUCT_COLUMNS = 9;

    private int staged;
    private int columns;

    @Override
    public SharedRoom.Matrix of(SharedRoom.Matrix matrix) {
      return matrix;
    }

    @Override
    public long ofRow(long width) {
      return width;
    }

    @Override
    public int blocks() {
      return 1;
    }

    @Override
    public void place(long[] words, SharedRoom.Matrix matrix) {
      words[2 + PRODUCT_STAGED] = SharedRoom.place(staged);
      words[2 + PRODUCT_COLUMNS] = columns;
    }

    @Override
    public long[] bringing(SharedRoom.Matrix matrix, long place, long pitch) {
      return new long[] {matrix.address(), place, matrix.height(), pitch};
    }
  }
}
