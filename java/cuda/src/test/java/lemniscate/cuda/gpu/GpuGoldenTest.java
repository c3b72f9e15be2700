package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The golden vectors of every rule, on a device. */
@Tag("gpu")
final class GpuGoldenTest extends GoldenRules {

  @BeforeAll
  static void needsDevice() {
    Gpu.skipWithout();
  }

  @Override
  public Backend open(DType dtype) {
    return Gpu.open(dtype);
  }
}
