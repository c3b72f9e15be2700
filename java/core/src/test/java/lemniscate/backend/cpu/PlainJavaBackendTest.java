package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Tag;

/** The contract on what serves where there is neither a BLAS nor native code. */
@Tag("variant")
final class PlainJavaBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new CpuBackend(dtype, 3, new JavaProduct("test"), CpuKernels.scalar("scalar loops"));
  }
}
