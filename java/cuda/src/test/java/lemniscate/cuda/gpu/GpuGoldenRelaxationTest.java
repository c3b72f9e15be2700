package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRelaxation;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The golden vectors of relaxations, on a device. */
@Tag("gpu")
final class GpuGoldenRelaxationTest extends GoldenRelaxation {

  @BeforeAll
  static void needsDevice() {
    Gpu.skipWithout();
  }

  @Override
  public Backend open(DType dtype) {
    return Gpu.open(dtype);
  }
}
