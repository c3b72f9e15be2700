package lemniscate.cuda.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import lemniscate.backend.Backend;
import lemniscate.backend.Precision;
import lemniscate.cuda.CudaBackend;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.tensor.DType;

/** Backends with resident relaxations on devices that remember what they have launched. */
final class ResidentDevices {

  private static final int MULTIPROCESSORS = 64;

  private final List<HostDevice> opened = new ArrayList<>();
  private final String program;
  private final Supplier<HostDevice> device;

  private ResidentDevices(String program, Supplier<HostDevice> device) {
    this.program = program;
    this.device = device;
  }

  /** Whose blocks hold small weights. */
  static ResidentDevices ofBlocks() {
    return new ResidentDevices(
        "resident_program", () -> new HostDevice(HostExecution.library(), 2, MULTIPROCESSORS));
  }

  /** Whose blocks have so little shared memory that clusters hold them. */
  static ResidentDevices ofClusters(int sharedBytes) {
    return new ResidentDevices(
        "cluster_program",
        () ->
            new HostDevice(HostExecution.library(), 2, MULTIPROCESSORS, sharedBytes)
                .withClusters(8));
  }

  Backend open(DType dtype) {
    return open(dtype == DType.FLOAT64 ? Precision.FP64 : Precision.FP32);
  }

  Backend open(Precision precision) {
    HostDevice remembered = device.get();
    opened.add(remembered);
    return new CudaBackend(remembered, precision, Relaxations.RESIDENT);
  }

  /** Otherwise the tests have shown nothing. */
  void requireResident() {
    assertThat(opened)
        .anySatisfy(
            each ->
                assertThat(each.launched().keySet())
                    .anyMatch(kernel -> kernel.startsWith(program)));
  }
}
