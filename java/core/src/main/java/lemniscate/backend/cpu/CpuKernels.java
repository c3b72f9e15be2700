package lemniscate.backend.cpu;

import java.util.Optional;
import lemniscate.tensor.DType;

/**
 * Which loops run: those in C where there are any, the ones in plain Java otherwise.
 *
 * @param float32 loops over float
 * @param float64 loops over double
 * @param code the loops in C, of which the products are; empty for none
 * @param description for people
 */
record CpuKernels(Kernels float32, Kernels float64, Optional<NativeCode> code, String description) {

  static CpuKernels best() {
    return NativeCode.chosen()
        .map(CpuKernels::of)
        .orElseGet(() -> scalar("plain Java loops (" + NativeCode.absence() + ")"));
  }

  static CpuKernels of(NativeCode code) {
    return new CpuKernels(
        new NativeKernels(code, DType.FLOAT32),
        new NativeKernels(code, DType.FLOAT64),
        Optional.of(code),
        code.instructionSet() + " loops");
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
}
