package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRelaxation;
import lemniscate.tensor.DType;

/** The golden vectors of relaxations, by the host execution of the kernels. */
final class GoldenRelaxationTest extends GoldenRelaxation {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 2);
  }

  @Override
  protected boolean relaxesQuickly() {
    return false;
  }
}
