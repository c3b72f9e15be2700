package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.DType;

/** The golden vectors of every rule, by the host execution of the kernels. */
final class GoldenTest extends GoldenRules {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 2);
  }
}
