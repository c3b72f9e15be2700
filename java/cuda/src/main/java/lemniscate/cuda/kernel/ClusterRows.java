package lemniscate.cuda.kernel;

import java.util.List;
import java.util.function.ToIntFunction;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Launch;
import org.jspecify.annotations.Nullable;

/**
 * Programs of {@code kernels/rows/cluster_program.cu}: as {@link ResidentRows}, with weights that
 * are too large for a block and that the blocks of a cluster share out, as few as have room for all
 * that are used often. Every extent is cut into slices, and of each matrix its longer side, the
 * height where they are equal.
 */
final class ClusterRows implements RowPrograms.RowForm {

  /** Blocks of the clusters that are tried; a device may have less. */
  private static final int LARGEST = 16;

  /** Columns that blocks send each other at a time, at most. */
  private static final int EXCHANGED = 1024;

  /** Columns of a block's own rows that a product takes at a time, at most. */
  private static final int STAGED = 128;

  private final int multiprocessors;
  private final int sharedBytes;
  private final ToIntFunction<Launch> largestCluster;
  private final boolean takesSums;

  /**
   * For a device.
   *
   * @param largestCluster blocks of a cluster of a launch's blocks, at most
   * @param takesSums whether the feed-forward pass before a relaxation is taken in, with its loss
   */
  ClusterRows(
      int multiprocessors,
      int sharedBytes,
      ToIntFunction<Launch> largestCluster,
      boolean takesSums) {
    this.multiprocessors = multiprocessors;
    this.sharedBytes = sharedBytes;
    this.largestCluster = largestCluster;
    this.takesSums = takesSums;
  }

  @Override
  public boolean takesSums() {
    return takesSums;
  }

  @Override
  public RowPrograms.@Nullable Program program(RowChain chain) {
    if (chain.saved() < StreamedRows.FEWEST
        || chain.instructions().stream().anyMatch(ClusterRows::needsWholeRows)) {
      return null;
    }
    long groups = Math.ceilDiv(chain.rows(), (long) SharedRoom.ROWS);
    for (int blocks = 2; blocks <= LARGEST && groups * blocks <= multiprocessors; blocks *= 2) {
      RowPrograms.Program program = program(chain, blocks);
      if (program != null) {
        return largestCluster.applyAsInt(program.launch().apply(0)) < blocks ? null : program;
      }
    }
    return null;
  }

  private RowPrograms.@Nullable Program program(RowChain chain, int blocks) {
    InSlices slices = new InSlices(blocks);
    SharedRoom room = new SharedRoom(chain, sharedBytes, slices);
    room.keepWeights();
    int dtypeBytes = chain.precision().dtype().bytes();
    long columns = SharedRoom.FILLED;
    long exchanged = 0;
    long staged = SharedRoom.FILLED;
    for (RowChain.Instruction instruction : chain.instructions()) {
      if (instruction.operation() == RowOperation.PRODUCT) {
        long k = instruction.parameter(RowChain.PRODUCT_K);
        if (slices.splitsSums(instruction)) {
          staged = Math.max(staged, slices.length(k));
          exchanged = Math.max(exchanged, blocks * slices.length(instruction.width()));
        } else {
          columns = Math.max(columns, SharedRoom.filled(k));
        }
      }
    }
    columns = Math.min(columns, EXCHANGED);
    slices.columns = (int) Math.min(staged, STAGED);
    slices.staged = room.take(rowBytes(slices.columns, room));
    long exchange = Math.max(rowBytes(columns, room), SharedRoom.ROWS * exchanged * dtypeBytes);
    int place = room.take(exchange);
    if (room.overflows()
        || !room.keepsSome()
        || !room.keepsAll()
        || room.streamedBytes() > chain.saved() * ResidentRows.BYTES_A_LAUNCH) {
      return null;
    }
    // With a second place blocks meet once a product, with one twice.
    int apart = room.fits(exchange) ? room.take(exchange) - place : 0;
    room.keepRows();
    List<long[]> instructions = room.instructions();
    long[] ofExchange = {place, columns, apart};
    return new RowPrograms.Program(
        instructions,
        address ->
            RowPrograms.inClusters(
                kernel(chain.precision()),
                chain,
                blocks,
                room.used(),
                instructions.size(),
                address,
                ofExchange));
  }

  private static long rowBytes(long columns, SharedRoom room) {
    return SharedRoom.ROWS * (columns * room.elementBytes() + SharedRoom.APART);
  }

  // What has to see a row that is not in one slice, or a bias that is not as long as a row.
  private static boolean needsWholeRows(RowChain.Instruction instruction) {
    return switch (instruction.operation()) {
      case CROSS_ENTROPY -> instruction.width() > SharedRoom.FILLED;
      case ACTIVATE -> instruction.parameter(1) != instruction.width();
      default -> false;
    };
  }

  private static String kernel(Precision precision) {
    return switch (precision) {
      case FP32 -> "cluster_program_f32";
      case FP64 -> "cluster_program_f64";
      case TF32 -> "cluster_program_tf32";
      case BF16 -> "cluster_program_bf16";
    };
  }

  /** A block has slices, as in {@code cluster_product.cuh}. */
  private static final class InSlices implements SharedRoom.Slices {

    // Parameters of a product that only this kernel has.
    private static final int PRODUCT_BY_COLUMNS = 8;
    private static final int PRODUCT_STAGED = 9;
    private static final int PRODUCT_COLUMNS = 10;

    private final int blocks;
    private int staged;
    private int columns;

    private InSlices(int blocks) {
      this.blocks = blocks;
    }

    private long length(long extent) {
      return SharedRoom.filled(Math.ceilDiv(extent, blocks));
    }

    private static boolean byColumns(SharedRoom.Matrix matrix) {
      return matrix.width() > matrix.height();
    }

    private boolean splitsSums(RowChain.Instruction product) {
      boolean transposed = product.parameter(RowChain.PRODUCT_TRANSPOSED) != 0;
      return transposed == byColumns(SharedRoom.matrix(product));
    }

    @Override
    public SharedRoom.Matrix of(SharedRoom.Matrix matrix) {
      return byColumns(matrix)
          ? new SharedRoom.Matrix(matrix.address(), matrix.height(), length(matrix.width()))
          : new SharedRoom.Matrix(matrix.address(), length(matrix.height()), matrix.width());
    }

    @Override
    public long ofRow(long width) {
      return length(width);
    }

    @Override
    public int blocks() {
      return blocks;
    }

    @Override
    public void place(long[] words, SharedRoom.Matrix matrix) {
      words[2 + PRODUCT_BY_COLUMNS] = byColumns(matrix) ? 1 : 0;
      words[2 + PRODUCT_STAGED] = SharedRoom.place(staged);
      words[2 + PRODUCT_COLUMNS] = columns;
    }

    @Override
    public long[] bringing(SharedRoom.Matrix matrix, long place, long pitch) {
      return new long[] {
        matrix.address(), place, matrix.height(), pitch, byColumns(matrix) ? 1 : 0
      };
    }
  }
}
