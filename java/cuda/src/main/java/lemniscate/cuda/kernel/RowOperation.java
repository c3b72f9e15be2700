package lemniscate.cuda.kernel;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What {@code kernels/rows/row_program.cu} can do with a few rows of a batch, with the parameters
 * of the kernel of the same name as a letter each: {@code v} a value, {@code s} the address of
 * something shared, {@code r} that of rows it reads, {@code w} of rows it writes, perhaps after
 * reading them, {@code 0} an address that must be missing.
 */
enum RowOperation {
  PRODUCT(null, "vvvvrsw"),
  FILL("fill", "vw"),
  COPY("copy", "rw"),
  AXPY("axpy", "vrw"),
  ACTIVATION("activation", "vrw"),
  ACTIVATE("activate", "vvwsw"),
  ACTIVATION_DIFFERENCE("activation_difference", "vrrrww"),
  GATE("gate", "vrrrw"),
  PREDICTION_ERROR("pc_prediction_error", "vrrrrww"),
  RELAX_STATE("pc_relax_state", "vsrrrw"),
  RELAX_ERROR("pc_relax_error", "vsrrww"),
  SQUARED_ERROR("squared_error", "rrrw0"),
  CROSS_ENTROPY("cross_entropy", "rrrw0");

  private final @Nullable String kernel;
  private final String parameters;

  RowOperation(@Nullable String kernel, String parameters) {
    this.kernel = kernel;
    this.parameters = parameters;
  }

  /** Letters of its parameters. */
  String parameters() {
    return parameters;
  }

  /** Whether its kernel ends in (rows, columns) rather than in a number of elements. */
  boolean knowsRows() {
    return this == SQUARED_ERROR || this == CROSS_ENTROPY;
  }

  /** The operation that a kernel does, or null where programs have none for it. */
  static @Nullable RowOperation of(String kernel) {
    return Stream.of(values())
        .filter(operation -> kernel.equals(operation.kernel))
        .findFirst()
        .orElse(null);
  }
}
