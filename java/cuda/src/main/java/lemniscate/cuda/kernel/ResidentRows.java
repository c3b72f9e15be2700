package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Launch;
import org.jspecify.annotations.Nullable;

/**
 * Programs of {@code kernels/rows/resident_program.cu}: a block brings the weights of a relaxation
 * to its shared memory once, and multiplies by them there in both directions, in all steps. What
 * room is left holds the rows that are used most, so that errors and states are made where a
 * product has left its tile. A weight that is used once or does not fit is read where it lies.
 */
final class ResidentRows implements RowPrograms.RowForm {

  /** Rows of a block: kResidentRows of {@code resident_product.cuh}. */
  private static final int ROWS = 16;

  /** kResidentThreads of {@code resident_product.cuh}. */
  private static final int THREADS = 256;

  /** kFilled of {@code resident_product.cuh}. */
  private static final int FILLED = 16;

  /** kApart of {@code resident_product.cuh}, and to what pieces of shared memory are aligned. */
  private static final int APART = 16;

  /** Shared memory of the kernel itself: of_warp of {@code sums.cuh}. */
  private static final int OF_KERNEL = 32 * Double.BYTES;

  /** Columns of the rows that a product takes at a time, at most. */
  private static final int STAGED = 256;

  /** A weight that is used less often need not be kept. */
  private static final int FEWEST_USES = 4;

  /**
   * What a block may read of matrices that it does not keep for every launch saved: few warps wait
   * for the second-level cache there, some 100 GB/s a multiprocessor, so for an eighth of the time
   * of a launch. An estimate, not measured.
   */
  private static final long BYTES_A_LAUNCH = 16 << 10;

  private final int multiprocessors;
  private final int sharedBytes;
  private final boolean takesSums;

  /**
   * For a device.
   *
   * @param takesSums whether the feed-forward pass before a relaxation is taken in, with its loss
   */
  ResidentRows(int multiprocessors, int sharedBytes, boolean takesSums) {
    this.multiprocessors = multiprocessors;
    this.sharedBytes = sharedBytes - OF_KERNEL;
    this.takesSums = takesSums;
  }

  @Override
  public boolean takesSums() {
    return takesSums;
  }

  @Override
  public RowPrograms.@Nullable Program program(RowChain chain) {
    long saved = chain.saved();
    if (saved < StreamedRows.FEWEST || chain.rows() > (long) ROWS * multiprocessors) {
      return null;
    }
    Room room = new Room(chain);
    if (room.weights.values().stream()
            .noneMatch(weight -> weight.kept && weight.uses >= FEWEST_USES)
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
                ROWS,
                THREADS,
                room.used,
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

  /** A matrix of so many rows and columns. */
  private record Matrix(long address, long height, long width) {}

  /** Rows of a batch. */
  private record Rows(long address, long width) {}

  /** What a matrix or rows are to a program. */
  private static final class Use {
    private int uses;
    private boolean kept;
    private boolean written;
    // Whether the first to touch it writes all of it.
    private boolean made;
    private int offset;
  }

  /** What lies where in the shared memory of a block. */
  private final class Room {

    private final RowChain chain;
    private final int elementBytes;
    private final Map<Matrix, Use> weights = new LinkedHashMap<>();
    private final Map<Rows, Use> rows = new LinkedHashMap<>();
    private final int columns;
    private final int staged;
    private int used;

    private Room(RowChain chain) {
      this.chain = chain;
      this.elementBytes =
          chain.precision() == Precision.BF16 ? Short.BYTES : chain.precision().dtype().bytes();
      chain.instructions().forEach(this::count);
      long longest = FILLED;
      for (Map.Entry<Matrix, Use> weight : weights.entrySet()) {
        if (weight.getValue().uses >= 2) {
          longest = Math.max(longest, Math.max(weight.getKey().height, weight.getKey().width));
        }
      }
      columns = (int) Math.min(STAGED, filled(longest));
      staged = used;
      used += ROWS * (columns * elementBytes + APART);
      // Of weights that which saves most comes first, of rows those that save most for their size.
      weights.entrySet().stream()
          .filter(weight -> weight.getValue().uses >= 2)
          .sorted(Comparator.comparingLong(weight -> -streamedBytes(weight)))
          .forEach(weight -> keep(weight.getValue(), bytes(weight.getKey())));
      rows.entrySet().stream()
          .sorted(Comparator.comparingInt(each -> -each.getValue().uses))
          .forEach(
              each ->
                  keep(
                      each.getValue(),
                      ROWS * each.getKey().width * chain.precision().dtype().bytes()));
    }

    private void count(RowChain.Instruction instruction) {
      if (instruction.operation() == RowOperation.PRODUCT) {
        weights.computeIfAbsent(matrix(instruction), _ -> new Use()).uses++;
      }
      for (int i = 0; i < instruction.roles().size(); i++) {
        Launch.Role role = instruction.roles().get(i);
        if (isRows(role) && instruction.parameter(i) != 0) {
          Use use = rows.computeIfAbsent(rows(instruction, i), _ -> new Use());
          boolean overwritten =
              instruction.operation() == RowOperation.PRODUCT
                  && i == RowChain.PRODUCT_C
                  && Double.longBitsToDouble(instruction.parameter(RowChain.PRODUCT_BETA)) == 0;
          use.made |= use.uses == 0 && overwritten;
          use.uses++;
          use.written |= role == Launch.Role.WRITES_ROWS;
        }
      }
    }

    private void keep(Use use, long bytes) {
      long aligned = (bytes + APART - 1) / APART * APART;
      if (used + aligned <= sharedBytes) {
        use.kept = true;
        use.offset = used;
        used += (int) aligned;
      }
    }

    private long pitch(Matrix matrix) {
      return filled(matrix.width) + APART / elementBytes;
    }

    private long bytes(Matrix matrix) {
      return filled(matrix.height) * pitch(matrix) * elementBytes;
    }

    /** Bytes of the matrices that are not kept, as often as they are used. */
    private long streamedBytes() {
      return weights.entrySet().stream()
          .filter(weight -> !weight.getValue().kept)
          .mapToLong(this::streamedBytes)
          .sum();
    }

    private long streamedBytes(Map.Entry<Matrix, Use> weight) {
      Matrix matrix = weight.getKey();
      return weight.getValue().uses
          * matrix.height
          * matrix.width
          * chain.precision().dtype().bytes();
    }

    private List<long[]> instructions() {
      List<long[]> all = new ArrayList<>();
      List<long[]> arriving = new ArrayList<>();
      List<long[]> leaving = new ArrayList<>();
      weights.forEach(
          (matrix, use) -> {
            if (use.kept) {
              long[] parameters = {matrix.address, place(use.offset), matrix.height, pitch(matrix)};
              all.add(RowChain.words(RowOperation.KEEP, matrix.width, parameters));
              arriving.add(RowChain.words(RowOperation.ARRIVE, matrix.width, parameters));
            }
          });
      rows.forEach(
          (each, use) -> {
            if (use.kept && !use.made) {
              all.add(
                  RowChain.words(RowOperation.LOAD, each.width, each.address, place(use.offset)));
            }
            if (use.kept && use.written) {
              leaving.add(
                  RowChain.words(RowOperation.STORE, each.width, each.address, place(use.offset)));
            }
          });
      all.addAll(arriving);
      chain.instructions().forEach(instruction -> all.add(placed(instruction)));
      all.addAll(leaving);
      return all;
    }

    // With the places of what is kept.
    private long[] placed(RowChain.Instruction instruction) {
      long[] words = instruction.words().clone();
      for (int i = 0; i < instruction.roles().size(); i++) {
        if (isRows(instruction.roles().get(i)) && instruction.parameter(i) != 0) {
          Use use = rows.get(rows(instruction, i));
          if (use != null && use.kept) {
            words[2 + i] = place(use.offset);
          }
        }
      }
      if (instruction.operation() == RowOperation.PRODUCT) {
        Matrix matrix = matrix(instruction);
        Use use = weights.get(matrix);
        if (use != null && use.kept) {
          words[2 + RowChain.PRODUCT_B] = place(use.offset);
          words[2 + PRODUCT_PITCH] = pitch(matrix);
        }
        words[2 + PRODUCT_STAGED] = place(staged);
        words[2 + PRODUCT_COLUMNS] = columns;
      }
      return words;
    }
  }

  // Parameters of a product that only this kernel has.
  private static final int PRODUCT_PITCH = 7;
  private static final int PRODUCT_STAGED = 8;
  private static final int PRODUCT_COLUMNS = 9;

  private static boolean isRows(Launch.Role role) {
    return role == Launch.Role.READS_ROWS || role == Launch.Role.WRITES_ROWS;
  }

  private static Rows rows(RowChain.Instruction instruction, int parameter) {
    return new Rows(instruction.parameter(parameter), instruction.width(parameter));
  }

  private static Matrix matrix(RowChain.Instruction product) {
    long k = product.parameter(RowChain.PRODUCT_K);
    boolean transposed = product.parameter(RowChain.PRODUCT_TRANSPOSED) != 0;
    long address = product.parameter(RowChain.PRODUCT_B);
    return transposed
        ? new Matrix(address, product.width(), k)
        : new Matrix(address, k, product.width());
  }

  // In shared memory, as the kernel tells it from an address.
  private static long place(int offset) {
    return -1L - offset;
  }

  private static long filled(long extent) {
    return (extent + FILLED - 1) / FILLED * FILLED;
  }
}
