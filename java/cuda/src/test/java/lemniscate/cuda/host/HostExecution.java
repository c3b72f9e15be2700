package lemniscate.cuda.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Assumptions;

/** The CUDA backend on the host execution of its kernels. */
final class HostExecution {

  /** Root of the checkout: tests run in the folder of their module. */
  static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  private HostExecution() {}

  private static final class Built {
    static final HostLibrary LIBRARY =
        build(ROOT.resolve("kernels/lemniscate.cu"), "liblemniscate-host.so");
  }

  /** The kernels of the project, compiled at first use; skips the test where that cannot be. */
  static HostLibrary library() {
    skipWithoutCompiler();
    return Built.LIBRARY;
  }

  /** Skips the test where the kernels cannot be compiled. */
  static void skipWithoutCompiler() {
    HostCode.obstacle().ifPresent(Assumptions::abort);
  }

  /** Compiles and loads a translation unit. */
  static HostLibrary build(Path source, String name) {
    try {
      Path folder = Path.of("target", "host-kernels").toAbsolutePath();
      return HostLibrary.build(ROOT, source, folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** A backend whose threads take their turns in an order that follows from the seed. */
  static Backend open(DType dtype, long seed) {
    return open(dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32, seed);
  }

  static Backend open(Precision precision, long seed) {
    return new CudaBackend(new HostDevice(library(), seed), precision);
  }
}
