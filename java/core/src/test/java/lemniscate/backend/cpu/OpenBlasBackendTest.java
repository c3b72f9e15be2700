package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Tag;

/** The contract on OpenBLAS and the best loops there are, two threads. */
@Tag("variant")
final class OpenBlasBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new CpuBackend(dtype, 2, CblasProduct.bundled().orElseThrow(), CpuKernels.best());
  }
}
