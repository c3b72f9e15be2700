package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;

/** The contract on OpenBLAS and vector loops, two threads. */
final class CpuBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new CpuBackend(dtype, 2, CblasProduct.bundled().orElseThrow(), CpuKernels.best());
  }
}
