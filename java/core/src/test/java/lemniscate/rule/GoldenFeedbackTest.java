package lemniscate.rule;

import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Nested;

/** The golden vectors of feedback that learns or copies signs, on the backends of this module. */
final class GoldenFeedbackTest {

  private static Backend open(String name, DType dtype) {
    return RuleFixture.open(name, dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  @Nested
  final class Reference extends GoldenFeedback {
    @Override
    public Backend open(DType dtype) {
      return GoldenFeedbackTest.open("reference", dtype);
    }
  }

  @Nested
  final class Cpu extends GoldenFeedback {
    @Override
    public Backend open(DType dtype) {
      return GoldenFeedbackTest.open("cpu", dtype);
    }
  }
}
