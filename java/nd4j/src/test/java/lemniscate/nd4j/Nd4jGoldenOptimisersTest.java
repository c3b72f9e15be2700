package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.optim.GoldenOptimisers;
import lemniscate.tensor.DType;

/** The golden vectors of optimisers, on ND4J. */
final class Nd4jGoldenOptimisersTest extends GoldenOptimisers {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }
}
