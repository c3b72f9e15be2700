package lemniscate.cuda.device;

/** Statuses of cuBLAS. */
final class CublasStatus {

  private static final int NOT_INITIALIZED = 1;
  private static final int ALLOC_FAILED = 3;
  private static final int INVALID_VALUE = 7;
  private static final int ARCH_MISMATCH = 8;
  private static final int MAPPING_ERROR = 11;
  private static final int EXECUTION_FAILED = 13;
  private static final int INTERNAL_ERROR = 14;
  private static final int NOT_SUPPORTED = 15;
  private static final int LICENSE_ERROR = 16;

  private CublasStatus() {}

  /**
   * Accepts success only.
   *
   * @throws CudaException for any other status
   */
  static void check(String operation, int status) {
    if (status != 0) {
      throw new CudaException(operation, status, name(status), remedy(status));
    }
  }

  private static String name(int status) {
    return "CUBLAS_STATUS_"
        + switch (status) {
          case NOT_INITIALIZED -> "NOT_INITIALIZED";
          case ALLOC_FAILED -> "ALLOC_FAILED";
          case INVALID_VALUE -> "INVALID_VALUE";
          case ARCH_MISMATCH -> "ARCH_MISMATCH";
          case MAPPING_ERROR -> "MAPPING_ERROR";
          case EXECUTION_FAILED -> "EXECUTION_FAILED";
          case INTERNAL_ERROR -> "INTERNAL_ERROR";
          case NOT_SUPPORTED -> "NOT_SUPPORTED";
          case LICENSE_ERROR -> "LICENSE_ERROR";
          default -> "UNKNOWN";
        };
  }

  private static String remedy(int status) {
    return switch (status) {
      case NOT_INITIALIZED, ARCH_MISMATCH, NOT_SUPPORTED ->
          "This cuBLAS may be too new for the driver or too old for the device: name another in"
              + " cuda.blas.";
      case ALLOC_FAILED ->
          "The device's memory is full: use a smaller net.width or train.batch, or free some.";
      case EXECUTION_FAILED -> "Work before it may have failed: cuda.checked true says which.";
      default -> "`lemniscate doctor` shows which cuBLAS was found.";
    };
  }
}
