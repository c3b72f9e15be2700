package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The contract of a backend, on a device. */
@Tag("gpu")
final class GpuContractTest implements BackendContract {

  @BeforeAll
  static void needsDevice() {
    Gpu.skipWithout();
  }

  @Override
  public Backend open(DType dtype) {
    return Gpu.open(dtype);
  }
}
