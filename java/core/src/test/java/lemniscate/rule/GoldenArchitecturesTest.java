package lemniscate.rule;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Nested;

/** The golden vectors of convolutional and residual networks on the backends of this module. */
final class GoldenArchitecturesTest {

  private static Backend open(String name, DType dtype) {
    return RuleFixture.open(name, dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  @Nested
  final class Reference extends GoldenArchitectures {
    @Override
    public Backend open(DType dtype) {
      return GoldenArchitecturesTest.open("reference", dtype);
    }
  }

  @Nested
  final class Cpu extends GoldenArchitectures {
    @Override
    public Backend open(DType dtype) {
      return GoldenArchitecturesTest.open("cpu", dtype);
    }
  }
}
