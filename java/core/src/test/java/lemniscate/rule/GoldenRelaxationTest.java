package lemniscate.rule;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Nested;

/** The golden vectors of relaxations on the backends of this module. */
final class GoldenRelaxationTest {

  private static Backend open(String name, DType dtype) {
    return RuleFixture.open(name, dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  @Nested
  final class Reference extends GoldenRelaxation {
    @Override
    public Backend open(DType dtype) {
      return GoldenRelaxationTest.open("reference", dtype);
    }
  }

  @Nested
  final class Cpu extends GoldenRelaxation {
    @Override
    public Backend open(DType dtype) {
      return GoldenRelaxationTest.open("cpu", dtype);
    }
  }
}
