package lemniscate.cuda;

import lemniscate.backend.Backend;
import lemniscate.contract.PlanContract;
import lemniscate.contract.PrimitiveContract;
import lemniscate.tensor.DType;

/** What a backend's products and plans have to do, through JCuda and JCublas. */
final class JCublasContractTest implements PrimitiveContract, PlanContract {

  @Override
  public Backend open(DType dtype) {
    return StandInBackend.open(dtype, 12);
  }
}
