package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenFeedback;
import lemniscate.tensor.DType;

/**
 * The golden vectors of feedback that learns or copies signs, by the host execution of the kernels.
 */
final class GoldenFeedbackTest extends GoldenFeedback {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 2);
  }
}
