package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenArchitectures;
import lemniscate.tensor.DType;

/**
 * The golden vectors of convolutional and residual networks, by the host execution of the kernels.
 */
final class GoldenArchitecturesTest extends GoldenArchitectures {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 2);
  }

  @Override
  protected boolean relaxesQuickly() {
    return false;
  }
}
