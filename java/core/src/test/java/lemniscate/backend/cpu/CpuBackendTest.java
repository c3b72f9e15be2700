package lemniscate.backend.cpu;

import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Precision;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Order;

/** The contract on what a run takes where nothing else is asked for, two threads. */
@Order(1)
final class CpuBackendTest implements BackendContract {

  @Override
  public Backend open(DType dtype) {
    Precision precision = dtype == DType.FLOAT32 ? Precision.FP32 : Precision.FP64;
    return Backends.open(CpuBackend.NAME, new BackendOptions(precision, 2, null));
  }
}
