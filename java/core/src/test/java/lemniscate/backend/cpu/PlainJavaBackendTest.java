package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;

/** The contract on what serves where there is neither a native library nor a loop in C. */
final class PlainJavaBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new CpuBackend(dtype, 3, new JavaProduct("test"), CpuKernels.scalar("scalar loops"));
  }
}
