package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.config.BadInputException;
import lemniscate.cuda.CudaBackend;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Assumptions;

/** The backend on this machine's device, for tests tagged {@code gpu}. */
final class Gpu {

  /** With {@code -Dgpu.required=true} a missing device is a failure. */
  private static final String REQUIRED = "gpu.required";

  private Gpu() {}

  /**
   * A backend that stays open as long as the process: a device that nobody holds starts anew for
   * each of the hundreds of backends of these tests, which takes a good part of a second.
   */
  private static final class Held {
    static final Backend BACKEND = open(DType.FLOAT32);
  }

  /** Skips the tests where there is no device, and says what is missing. */
  static void skipWithout() {
    try {
      open(DType.FLOAT32).close();
      Held.BACKEND.synchronize();
    } catch (BadInputException e) {
      if (Boolean.getBoolean(REQUIRED)) {
        throw e;
      }
      Assumptions.abort(e.getMessage());
    }
  }

  static Backend open(DType dtype) {
    Precision precision = dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32;
    return Backends.open(
        CudaBackend.NAME, BackendOptions.defaults().withPrecision(precision).withThreads(1));
  }
}
