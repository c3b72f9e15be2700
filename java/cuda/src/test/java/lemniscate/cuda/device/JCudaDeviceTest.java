package lemniscate.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The device through JCuda, on a stand-in driver whose streams are as late as CUDA allows. */
final class JCudaDeviceTest {

  private static final int ILLEGAL_ADDRESS = 700;

  private final KernelImage image =
      new KernelImage(new byte[] {1}, "13.0", List.of("sm_80", "compute_80"));
  private StandIn driver = StandIn.driver();

  @BeforeEach
  void loadStandIn() {
    driver = StandIn.driver();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(driver.held()).isEmpty();
    driver.recover();
  }

  private JCudaDevice open(boolean checked) {
    CudaDriver found = CudaDriver.start();
    return JCudaDevice.open(
        found,
        found.devices().getFirst(),
        image,
        CublasLibrary.at(driver.cublas(13)).orElseThrow(),
        checked);
  }

  private static Launch fill(double value, long address, long elements) {
    return new Launch(
        "fill_f64",
        2,
        1,
        64,
        false,
        List.of(
            new long[] {Double.doubleToRawLongBits(value)},
            new long[] {address, 0},
            new long[] {elements}));
  }

  private static double[] values(Device device, long address, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(ValueLayout.JAVA_DOUBLE, count);
      device.download(address, target);
      return target.toArray(ValueLayout.JAVA_DOUBLE);
    }
  }

  @Test
  void memoryIsZero() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(37 * Double.BYTES);
      assertThat(values(device, address, 37)).containsOnly(0.0);
    }
  }

  @Test
  void largeCopiesTurnRoundInTheRingAndSourcesMayBeReused() {
    int elements = 10 * PinnedRing.SLOT_BYTES / Double.BYTES + 7;
    double[] ramp = new double[elements];
    Arrays.setAll(ramp, i -> i + 0.5);
    try (JCudaDevice device = open(false);
        Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, ramp);
      long address = device.allocate(source.byteSize());
      device.upload(source, address);
      source.fill((byte) 0x55);
      assertThat(values(device, address, elements)).isEqualTo(ramp);
    }
  }

  @Test
  void manySmallCopiesKeepTheirOrder() {
    try (JCudaDevice device = open(false);
        Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(ValueLayout.JAVA_DOUBLE);
      long address = device.allocate(40 * Double.BYTES);
      for (int i = 0; i < 40; i++) {
        source.set(ValueLayout.JAVA_DOUBLE, 0, i);
        device.upload(source, address + (long) i * Double.BYTES);
      }
      double[] expected = new double[40];
      Arrays.setAll(expected, i -> i);
      assertThat(values(device, address, 40)).isEqualTo(expected);
    }
  }

  @Test
  void aRecordingIsCapturedOnceAndLaunchedAsAWhole() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      long kernels = driver.calls("cuLaunchKernel");
      long graphs = driver.calls("cuGraphLaunch");
      Device.Recording recording = device.record(List.of(fill(3, address, 9), fill(4, address, 5)));
      assertThat(values(device, address, 9)).as("recorded only").containsOnly(0.0);
      recording.run();
      recording.run();
      assertThat(values(device, address, 9)).containsExactly(4, 4, 4, 4, 4, 3, 3, 3, 3);
      assertThat(driver.calls("cuLaunchKernel") - kernels).isEqualTo(2);
      assertThat(driver.calls("cuGraphLaunch") - graphs).isEqualTo(2);
    }
  }

  @Test
  void aRecordingThatIsClosedWhileItRunsRunsToItsEnd() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      Device.Recording recording = device.record(List.of(fill(3, address, 9)));
      recording.run();
      recording.close();
      assertThat(values(device, address, 9)).containsOnly(3.0);
    }
  }

  @Test
  void anEmptyRecordingRuns() {
    try (JCudaDevice device = open(false)) {
      device.record(List.of()).run();
      device.synchronize();
    }
  }

  @Test
  void cooperativeLaunchesGoTheirOwnWay() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      Launch plain = fill(2, address, 9);
      long before = driver.calls("cuLaunchCooperativeKernel");
      device.record(List.of(new Launch(plain.kernel(), 2, 1, 64, true, plain.parameters()))).run();
      assertThat(values(device, address, 9)).containsOnly(2.0);
      assertThat(driver.calls("cuLaunchCooperativeKernel") - before).isEqualTo(1);
    }
  }

  @Test
  void anyThreadMayCall() throws InterruptedException {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      Thread other = new Thread(() -> device.record(List.of(fill(3, address, 9))).run());
      other.start();
      other.join();
      assertThat(values(device, address, 9)).containsOnly(3.0);
    }
  }

  @Test
  void aFailureOfAGraphPointsToTheCheckedWay() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      device.record(List.of(fill(3, address, 9), fill(3, address, 5000))).run();
      CudaException failure = catchThrowableOfType(CudaException.class, device::synchronize);
      assertThat(failure.code()).isEqualTo(ILLEGAL_ADDRESS);
      assertThat(failure.name()).isEqualTo("CUDA_ERROR_ILLEGAL_ADDRESS");
      assertThat(failure.remedy()).contains("cuda.checked");
      assertThat(driver.why()).contains("fill_f64");
      driver.recover();
    }
  }

  @Test
  void checkedNamesTheKernelThatFailed() {
    try (JCudaDevice device = open(true)) {
      assertThat(device.description()).contains("checked");
      long address = device.allocate(9 * Double.BYTES);
      long graphs = driver.calls("cuGraphLaunch");
      Device.Recording recording =
          device.record(List.of(fill(3, address, 9), fill(3, address, 5000)));
      CudaException failure = catchThrowableOfType(CudaException.class, recording::run);
      assertThat(failure.operation()).isEqualTo("kernel fill_f64 of (2, 1) blocks of 64 threads");
      assertThat(failure.code()).isEqualTo(ILLEGAL_ADDRESS);
      assertThat(driver.calls("cuGraphLaunch")).isEqualTo(graphs);
      driver.recover();
      assertThat(values(device, address, 9)).as("the one before").containsOnly(3.0);
    }
  }

  @Test
  void anUnknownKernelIsNamed() {
    try (JCudaDevice device = open(false)) {
      assertThatThrownBy(
              () ->
                  device.record(
                      List.of(new Launch("nothing_f32", 1, 1, 32, false, List.of(new long[1])))))
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll("nothing_f32", "CUDA_ERROR_NOT_FOUND", "500");
    }
  }

  @Test
  void aCaptureThatFailsLeavesTheStreamFit() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(9 * Double.BYTES);
      Product product =
          new Product(
              Precision.FP64,
              false,
              false,
              1,
              1,
              1,
              1,
              address,
              0,
              address + 8,
              0,
              0,
              address + 16,
              0,
              1,
              0);
      // The first is made before the capture.
      driver.fail("cublasGemmEx", 13, 1);
      assertThatThrownBy(() -> device.record(List.of(fill(3, address, 9), product)))
          .isInstanceOf(CudaException.class)
          .hasMessageContainingAll("cublasGemmEx", "CUBLAS_STATUS_EXECUTION_FAILED", "13");
      device.record(List.of(fill(3, address, 2), product)).run();
      assertThat(values(device, address, 3)).containsExactly(3, 3, 9);
    }
  }

  @ParameterizedTest
  @CsvSource({"FP32, 68", "FP64, 70", "TF32, 77", "BF16, 75"})
  void productsAreInTheArithmeticAskedFor(Precision precision, int computeType) {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(3 * Double.BYTES);
      long before = driver.calls("compute type " + computeType);
      device.record(
          List.of(
              new Product(
                  precision,
                  true,
                  false,
                  1,
                  1,
                  1,
                  1,
                  address,
                  0,
                  address + 8,
                  0,
                  0,
                  address + 16,
                  0,
                  1,
                  0)));
      assertThat(driver.calls("compute type " + computeType) - before)
          .as("one before the capture, one in it")
          .isEqualTo(2);
    }
  }

  @Test
  void outOfMemoryTellsWhatWasAskedForAndWhatIsFree() {
    try (JCudaDevice device = open(false)) {
      long free = device.freeBytes();
      device.free(device.allocate(1 << 20));
      assertThat(device.freeBytes()).isEqualTo(free);
      // 16 GiB of the stand-in, of which the workspace takes 32 MiB.
      assertThatThrownBy(() -> device.allocate(1L << 40))
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessageContainingAll("1.1 TB", "17.1 GB are free", "Stand-in A");
      assertThat(device.freeBytes()).isEqualTo(free);
    }
  }

  @Test
  void whatIsNoAllocationIsNotFreed() {
    try (JCudaDevice device = open(false)) {
      long address = device.allocate(8);
      assertThatThrownBy(() -> device.free(address + 8)).isInstanceOf(IllegalStateException.class);
      device.free(address);
      assertThatThrownBy(() -> device.free(address)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void closingGivesEverythingBack() {
    JCudaDevice device = open(false);
    long address = device.allocate(9 * Double.BYTES);
    Device.Recording recording = device.record(List.of(fill(3, address, 9)));
    recording.run();
    assertThat(driver.held()).contains("executions: 1", "streams: 1", "allocations: 2");
    device.close();
    assertThat(driver.held()).isEmpty();
    device.close();
    recording.close();
    assertThatThrownBy(device::synchronize).isInstanceOf(IllegalStateException.class);
  }

  /** Each call of the start fails in turn: the error names it, and nothing is kept. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuDevicePrimaryCtxRetain",
        "cuCtxSetCurrent",
        "cuModuleLoadData",
        "cuStreamCreate",
        "cuMemHostAlloc",
        "cuEventCreate",
        "cuMemAlloc",
        "cublasCreate",
        "cublasSetStream",
        "cublasSetWorkspace",
        "cublasSetMathMode",
        "cublasSetAtomicsMode",
        "cublasSetPointerMode"
      })
  void aStartThatFailsGivesEverythingBack(String function) {
    driver.fail(function, 999, 0);
    assertThatThrownBy(() -> open(false))
        .isInstanceOf(CudaException.class)
        .hasMessageContainingAll(function, "999");
  }
}
