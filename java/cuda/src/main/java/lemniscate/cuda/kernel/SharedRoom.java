package lemniscate.cuda.kernel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Launch;

/**
 * What lies where in the shared memory of a block that runs a chain: weights first, by the bytes
 * that keeping them saves, then the rows that are used most. What does not fit is used where it
 * lies.
 */
final class SharedRoom {

  /** Rows of a block: kResidentRows of {@code resident_product.cuh}. */
  static final int ROWS = 16;

  /** kResidentThreads of {@code resident_product.cuh}. */
  static final int THREADS = 256;

  /** kFilled of {@code resident_product.cuh}. */
  static final int FILLED = 16;

  /** kApart of {@code resident_product.cuh}, and to what pieces of shared memory are aligned. */
  static final int APART = 16;

  /** Shared memory of the kernels themselves: of_warp of {@code sums.cuh}. */
  private static final int OF_KERNEL = 32 * Double.BYTES;

  /** A weight that is used less often need not be kept. */
  private static final int FEWEST_USES = 4;

  /** What is little is less than this part. A guess. */
  private static final int LITTLE = 8;

  private final RowChain chain;
  private final int elementBytes;
  private final Slices slices;
  private final int bytes;
  private final Map<Matrix, Use> weights = new LinkedHashMap<>();
  private final Map<Rows, Use> rows = new LinkedHashMap<>();
  private int used;

  /** A matrix of so many rows and columns. */
  record Matrix(long address, long height, long width) {

    long elements() {
      return height * width;
    }
  }

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

  /** What of matrices and rows a block has: all, or a slice. */
  interface Slices {

    /** Rows and columns of a matrix that a block has. */
    Matrix of(Matrix matrix);

    /** Elements from one kept row to the next. */
    long ofRow(long width);

    /** Blocks that share a matrix out. */
    int blocks();

    /** Puts what a product's instruction has besides. */
    void place(long[] words, Matrix matrix);

    /** Parameters of the instruction that brings a matrix. */
    long[] bringing(Matrix matrix, long place, long pitch);
  }

  /**
   * An empty one.
   *
   * @param sharedBytes that a block can have
   */
  SharedRoom(RowChain chain, int sharedBytes, Slices slices) {
    this.chain = chain;
    this.slices = slices;
    this.bytes = sharedBytes - OF_KERNEL;
    this.elementBytes =
        chain.precision() == Precision.BF16 ? Short.BYTES : chain.precision().dtype().bytes();
    chain.instructions().forEach(this::count);
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

  /** Bytes that are taken. */
  int used() {
    return used;
  }

  /** Bytes of an element of a product's operands. */
  int elementBytes() {
    return elementBytes;
  }

  /** Whether so many bytes more fit. */
  boolean fits(long more) {
    return used + aligned(more) <= bytes;
  }

  /** Takes bytes that may not be there: {@link #overflows} tells. */
  int take(long more) {
    int offset = used;
    used = (int) Math.min(Integer.MAX_VALUE, used + aligned(more));
    return offset;
  }

  /** Whether more was taken than there is. */
  boolean overflows() {
    return used > bytes;
  }

  /** Keeps weights, those that save most first. */
  void keepWeights() {
    weights.entrySet().stream()
        .filter(weight -> weight.getValue().uses >= 2)
        .sorted(Comparator.comparingLong(weight -> -streamedBytes(weight)))
        .forEach(weight -> keep(weight.getValue(), bytes(weight.getKey())));
  }

  /** Keeps rows, those that save most for their size first. */
  void keepRows() {
    rows.entrySet().stream()
        .sorted(Comparator.comparingInt(each -> -each.getValue().uses))
        .forEach(
            each ->
                keep(
                    each.getValue(),
                    ROWS * slices.ofRow(each.getKey().width) * chain.precision().dtype().bytes()));
  }

  private void keep(Use use, long more) {
    if (fits(more)) {
      use.kept = true;
      use.offset = take(more);
    }
  }

  /** The longest side of the weights that are used more than once. */
  long longestSide() {
    return weights.entrySet().stream()
        .filter(weight -> weight.getValue().uses >= 2)
        .mapToLong(weight -> Math.max(weight.getKey().height, weight.getKey().width))
        .reduce(FILLED, Math::max);
  }

  /** Whether a weight is kept that is used often. */
  boolean keepsSome() {
    return weights.values().stream().anyMatch(weight -> weight.kept && weight.uses >= FEWEST_USES);
  }

  /** Whether all weights are kept that are used often. */
  boolean keepsAll() {
    return weights.values().stream().allMatch(weight -> weight.kept || weight.uses < FEWEST_USES);
  }

  /** Whether what is used often and not kept is little of what is used often. */
  boolean keepsMost() {
    long all = 0;
    long streamed = 0;
    for (Map.Entry<Matrix, Use> weight : weights.entrySet()) {
      if (weight.getValue().uses >= FEWEST_USES) {
        all += streamedBytes(weight);
        streamed += weight.getValue().kept ? 0 : streamedBytes(weight);
      }
    }
    return streamed <= all / LITTLE;
  }

  private long pitch(Matrix matrix) {
    return filled(slices.of(matrix).width) + APART / elementBytes;
  }

  private long bytes(Matrix matrix) {
    return filled(slices.of(matrix).height) * pitch(matrix) * elementBytes;
  }

  /** Bytes of the matrices that a block does not keep, as often as they are used. */
  long streamedBytes() {
    return weights.entrySet().stream()
            .filter(weight -> !weight.getValue().kept)
            .mapToLong(this::streamedBytes)
            .sum()
        / slices.blocks();
  }

  private long streamedBytes(Map.Entry<Matrix, Use> weight) {
    return weight.getValue().uses * weight.getKey().elements() * chain.precision().dtype().bytes();
  }

  /** The program. */
  List<long[]> instructions() {
    List<long[]> all = new ArrayList<>();
    List<long[]> arriving = new ArrayList<>();
    List<long[]> leaving = new ArrayList<>();
    weights.forEach(
        (matrix, use) -> {
          if (use.kept) {
            long[] parameters = slices.bringing(matrix, place(use.offset), pitch(matrix));
            all.add(RowChain.words(RowOperation.KEEP, matrix.width, parameters));
            arriving.add(RowChain.words(RowOperation.ARRIVE, matrix.width, parameters));
          }
        });
    rows.forEach(
        (each, use) -> {
          if (use.kept && !use.made) {
            all.add(RowChain.words(RowOperation.LOAD, each.width, each.address, place(use.offset)));
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
      slices.place(words, matrix);
    }
    return words;
  }

  // The first parameter of a product that these kernels have on top.
  private static final int PRODUCT_PITCH = 7;

  private static boolean isRows(Launch.Role role) {
    return role == Launch.Role.READS_ROWS || role == Launch.Role.WRITES_ROWS;
  }

  private static Rows rows(RowChain.Instruction instruction, int parameter) {
    return new Rows(instruction.parameter(parameter), instruction.width(parameter));
  }

  /** That of a product. */
  static Matrix matrix(RowChain.Instruction product) {
    long k = product.parameter(RowChain.PRODUCT_K);
    boolean transposed = product.parameter(RowChain.PRODUCT_TRANSPOSED) != 0;
    long address = product.parameter(RowChain.PRODUCT_B);
    return transposed
        ? new Matrix(address, product.width(), k)
        : new Matrix(address, k, product.width());
  }

  /** A place in shared memory, as the kernels tell it from an address. */
  static long place(int offset) {
    return -1L - offset;
  }

  /** An extent with the zeros behind it. */
  static long filled(long extent) {
    return Math.ceilDiv(extent, FILLED) * FILLED;
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, APART) * APART;
  }
}
