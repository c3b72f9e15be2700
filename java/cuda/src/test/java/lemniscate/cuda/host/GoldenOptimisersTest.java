package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.optim.GoldenOptimisers;
import lemniscate.tensor.DType;

/** The golden vectors of optimisers, by the host execution of the kernels. */
final class GoldenOptimisersTest extends GoldenOptimisers {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 2);
  }
}
