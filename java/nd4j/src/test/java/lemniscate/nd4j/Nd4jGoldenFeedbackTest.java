package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenFeedback;
import lemniscate.tensor.DType;

/** The golden vectors of feedback that learns or copies signs, on ND4J. */
final class Nd4jGoldenFeedbackTest extends GoldenFeedback {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }
}
