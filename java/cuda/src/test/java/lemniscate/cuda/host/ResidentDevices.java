package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.tensor.DType;

/** Backends with resident relaxations on devices that remember what they have launched. */
final class ResidentDevices {

  private static final int MULTIPROCESSORS = 64;

  private final List<HostDevice> opened = new ArrayList<>();

  Backend open(DType dtype) {
    return open(dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  Backend open(Precision precision) {
    HostDevice device = new HostDevice(HostExecution.library(), 2, MULTIPROCESSORS);
    opened.add(device);
    return new CudaBackend(device, precision, Relaxations.RESIDENT);
  }

  /** Otherwise the tests have shown nothing. */
  void requireResident() {
    assertThat(opened)
        .anySatisfy(
            device ->
                assertThat(device.launched().keySet())
                    .anyMatch(kernel -> kernel.startsWith("resident_program")));
  }
}
