package lemniscate.nd4j;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;

/** The contract on ND4J. */
final class Nd4jBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return new Nd4jBackend(dtype, 2);
  }
}
