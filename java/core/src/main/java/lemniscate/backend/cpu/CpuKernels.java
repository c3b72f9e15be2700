package lemniscate.backend.cpu;

import java.util.Optional;
import lemniscate.tensor.DType;

/**
 * Which loops run: those in the Vector API where its module is present, the scalar ones otherwise.
 *
 * @param float32 loops over float
 * @param float64 loops over double
 * @param code the loops in C, of which the products are; empty for none
 * @param description for people
 */
record CpuKernels(
    Kernels float32, Kernels float64, Optional<NativeCode> code, String description) {

  /** The module that the Vector API is in; the JVM must be told to add it. */
  private static final String MODULE = "jdk.incubator.vector";

  /** Below this a "vector" is one element, and the loops in the Vector API only add overhead. */
  private static final int SMALLEST_VECTOR_BITS = 128;

  static CpuKernels best() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return scalar("scalar loops (give the JVM --add-modules " + MODULE + " for vector ones)");
    }
    return Vectorized.kernels();
  }

  static CpuKernels scalar(String description) {
    return new CpuKernels(
        new ScalarKernels(DType.FLOAT32),
        new ScalarKernels(DType.FLOAT64),
        Optional.empty(),
        description);
  }

  Kernels of(DType dtype) {
    return dtype == DType.FLOAT32 ? float32 : float64;
  }

  // A class of its own, so that nothing of the Vector API is loaded where its module is missing.
  private static final class Vectorized {
    static CpuKernels kernels() {
      int bits = FloatMath.SPECIES.vectorBitSize();
      return bits < SMALLEST_VECTOR_BITS
          ? scalar("scalar loops (no vector unit)")
          : new CpuKernels(
              new FloatKernels(),
              new DoubleKernels(),
              NativeCode.chosen(),
              bits + "-bit vector loops");
    }
  }
}
