package lemniscate.optim;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.rule.RuleFixture;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Nested;

/** The golden vectors of optimisers on the backends of this module. */
final class GoldenOptimisersTest {

  private static Backend open(String name, DType dtype) {
    return RuleFixture.open(name, dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  @Nested
  final class Reference extends GoldenOptimisers {
    @Override
    public Backend open(DType dtype) {
      return GoldenOptimisersTest.open("reference", dtype);
    }
  }

  @Nested
  final class Cpu extends GoldenOptimisers {
    @Override
    public Backend open(DType dtype) {
      return GoldenOptimisersTest.open("cpu", dtype);
    }
  }
}
