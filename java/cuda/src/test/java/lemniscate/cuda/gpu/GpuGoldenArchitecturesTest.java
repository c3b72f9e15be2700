package lemniscate.cuda.gpu;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenArchitectures;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** The golden vectors of convolutional and residual networks, on a device. */
@Tag("gpu")
final class GpuGoldenArchitecturesTest extends GoldenArchitectures {

  @BeforeAll
  static void needsDevice() {
    Gpu.skipWithout();
  }

  @Override
  public Backend open(DType dtype) {
    return Gpu.open(dtype);
  }
}
