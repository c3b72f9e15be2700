package lemniscate.cuda.host;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;

/** The contract of a backend, by the host execution of the kernels. */
final class ContractTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return HostExecution.open(dtype, 1);
  }
}
