package lemniscate.cuda;

import lemniscate.backend.Backend;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Tag;

/** The contract of a backend through JCuda and the foreign-function binding of cuBLAS 13. */
@Tag("variant")
final class ForeignCublasContractTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    return StandInBackend.open(dtype, 13);
  }

  // Takes longer than all others, and has been run on the host execution: without an annotation it
  // is no test here.
  @Override
  public void ridgeCoefficients(DType dtype) {}
}
