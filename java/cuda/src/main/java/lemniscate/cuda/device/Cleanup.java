package lemniscate.cuda.device;

import java.util.function.IntSupplier;
import jcuda.driver.CUresult;
import org.jspecify.annotations.Nullable;

/** Gives things back one after the other, whatever fails, and throws what failed first. */
final class Cleanup {

  private @Nullable RuntimeException first;

  /** Makes a call of the driver. */
  void run(String operation, IntSupplier call) {
    int status = call.getAsInt();
    if (status != CUresult.CUDA_SUCCESS) {
      remember(DriverStatus.failure(operation, status));
    }
  }

  /** Does something that may throw. */
  void run(Runnable action) {
    try {
      action.run();
    } catch (CudaException e) {
      remember(e);
    }
  }

  private void remember(RuntimeException failure) {
    if (first == null) {
      first = failure;
    } else {
      first.addSuppressed(failure);
    }
  }

  /** Throws the first failure, if there was one. */
  void finish() {
    if (first != null) {
      throw first;
    }
  }
}
