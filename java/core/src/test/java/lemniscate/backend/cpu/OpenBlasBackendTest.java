package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;

/** The contract on OpenBLAS and the best loops there are, two threads. */
final class OpenBlasBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new CpuBackend(dtype, 2, CblasProduct.bundled().orElseThrow(), CpuKernels.best());
  }
}
