package lemniscate.cuda.host;

import java.io.IOException;
import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.tensor.DType;

/** The CUDA backend on the host execution of its kernels. */
final class HostExecution {

  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final HostLibrary LIBRARY = load();

  private HostExecution() {}

  private static HostLibrary load() {
    try {
      return HostLibrary.build(ROOT, Path.of("target", "host-kernels").toAbsolutePath());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  static Backend open(DType dtype, long seed) {
    return open(dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32, seed);
  }

  static Backend open(Precision precision, long seed) {
    return new CudaBackend(new HostDevice(LIBRARY, seed), precision);
  }
}
