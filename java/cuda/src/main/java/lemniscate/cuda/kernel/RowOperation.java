package lemniscate.cuda.kernel;

import java.util.stream.Stream;
import lemniscate.tensor.DType;
import org.jspecify.annotations.Nullable;

/** What the programs of {@code kernels/rows} can do with a few rows of a batch. */
enum RowOperation {
  PRODUCT(null),
  FILL("fill"),
  COPY("copy"),
  AXPY("axpy"),
  ACTIVATION("activation"),
  ACTIVATE("activate"),
  ACTIVATION_DIFFERENCE("activation_difference"),
  GATE("gate"),
  PREDICTION_ERROR("pc_prediction_error"),
  RELAX_STATE("pc_relax_state"),
  RELAX_ERROR("pc_relax_error"),
  SQUARED_ERROR("squared_error"),
  CROSS_ENTROPY("cross_entropy"),
  /** Brings a matrix to shared memory; this and what follows is for resident programs only. */
  KEEP(null),
  /** Brings rows to shared memory. */
  LOAD(null),
  /** Waits for what has been brought. */
  ARRIVE(null),
  /** Takes rows back. */
  STORE(null);

  private static final int PARTIAL_SUMS = 4;

  private final @Nullable String kernel;

  RowOperation(@Nullable String kernel) {
    this.kernel = kernel;
  }

  /** Whether its kernel ends in (rows, columns) rather than in a number of elements. */
  boolean knowsRows() {
    return this == SQUARED_ERROR || this == CROSS_ENTROPY;
  }

  /** Address of the partial sums that it makes on the way, 0 for none. */
  long partialSums(long[] words) {
    return knowsRows() ? words[PARTIAL_SUMS] : 0;
  }

  /**
   * Bytes of what the rows share: a bias, whose length is that of the rows it was recorded for and
   * not of the program's, or a float64 scalar.
   *
   * @param words its parameters
   */
  long sharedBytes(long[] words, DType dtype) {
    return this == ACTIVATE ? words[1] * dtype.bytes() : DType.FLOAT64.bytes();
  }

  /** The operation that a kernel does, or null where programs have none for it. */
  static @Nullable RowOperation of(String kernel) {
    return Stream.of(values())
        .filter(operation -> kernel.equals(operation.kernel))
        .findFirst()
        .orElse(null);
  }
}
