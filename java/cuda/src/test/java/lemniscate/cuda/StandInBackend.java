package lemniscate.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.DeviceOptions;
import lemniscate.backend.Precision;
import lemniscate.cuda.device.KernelImage;
import lemniscate.cuda.device.StandIn;
import lemniscate.tensor.DType;

/** The CUDA backend as users get it, on the stand-in for driver and cuBLAS. */
final class StandInBackend {

  /** What the stand-in does not look at: it has the kernels itself. */
  static final KernelImage IMAGE =
      new KernelImage(new byte[] {1}, "13.0", List.of("sm_80", "compute_80"));

  private StandInBackend() {}

  /** A provider that finds no cuBLAS but the one it is told of. */
  static CudaProvider provider() {
    return new CudaProvider(Optional.of(IMAGE), Map.of(), Path.of("/nowhere"));
  }

  static DeviceOptions device(StandIn driver, int cublas) {
    return new DeviceOptions(0, false, driver.cublas(cublas));
  }

  static Backend open(DType dtype, int cublas) {
    return open(dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32, cublas);
  }

  static Backend open(Precision precision, int cublas) {
    DeviceOptions device = device(StandIn.driver(), cublas);
    return provider().open(new BackendOptions(precision, 0, null).withDevice(device));
  }
}
