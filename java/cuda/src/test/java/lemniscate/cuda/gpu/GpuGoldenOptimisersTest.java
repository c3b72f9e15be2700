package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.optim.GoldenOptimisers;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The golden vectors of optimisers, on a device. */
@Tag("gpu")
final class GpuGoldenOptimisersTest extends GoldenOptimisers {

  @BeforeAll
  static void needsDevice() {
    Gpu.skipWithout();
  }

  @Override
  public Backend open(DType dtype) {
    return Gpu.open(dtype);
  }
}
