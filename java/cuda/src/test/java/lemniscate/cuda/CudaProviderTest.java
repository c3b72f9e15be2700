package lemniscate.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider.Availability;
import lemniscate.backend.Backends;
import lemniscate.backend.DeviceOptions;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.config.BadInputException;
import lemniscate.cuda.device.CublasSearch;
import lemniscate.cuda.device.CudaException;
import lemniscate.cuda.device.KernelImage;
import lemniscate.cuda.device.StandIn;
import lemniscate.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the provider says where something is missing, and what it opens where nothing is. */
final class CudaProviderTest {

  private static final int LAUNCH_FAILED = 719;

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

  private CudaProvider provider() {
    return provider(Map.of(CublasSearch.VARIABLE, driver.cublas(13).toString()));
  }

  private static CudaProvider provider(Map<String, String> environment) {
    return new CudaProvider(Optional.of(StandInBackend.IMAGE), environment, Path.of("/nowhere"));
  }

  private static BackendOptions with(DeviceOptions device) {
    return BackendOptions.defaults().withDevice(device);
  }

  @Test
  void isFoundAndPreferred() {
    assertThat(Backends.providers()).first().isInstanceOf(CudaProvider.class);
  }

  @Test
  void namesDevicesAndLibrary() {
    Availability found = provider().availability();
    assertThat(found.usable()).as(found.detail()).isTrue();
    assertThat(found.detail())
        .contains(
            "0: Stand-in A (compute capability 9.0, 17.2 GB)",
            "1: Stand-in B",
            driver.cublas(13).toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 13})
  void describesWhatIsUsed(int cublas) {
    try (Backend backend =
        StandInBackend.provider().open(with(new DeviceOptions(1, false, driver.cublas(cublas))))) {
      assertThat(backend.description())
          .contains(
              "Stand-in B",
              "driver for CUDA 13.0",
              "cuBLAS " + cublas + ".4.5",
              cublas == 12 ? "by JCublas" : "by the foreign-function API");
      assertThat(backend.memory().availableBytes().orElse(0)).isGreaterThan(1L << 33);
    }
  }

  @Test
  void relaxationsAreResidentWhereAskedFor() {
    String cublas = driver.cublas(13).toString();
    try (Backend usual = provider().open(BackendOptions.defaults())) {
      assertThat(usual.description()).doesNotContain("resident");
    }
    CudaProvider asked =
        provider(Map.of(CublasSearch.VARIABLE, cublas, CudaProvider.RELAXATIONS, "resident"));
    assertThat(asked.availability().detail()).endsWith("resident relaxations");
    try (Backend backend = asked.open(BackendOptions.defaults())) {
      assertThat(backend.description()).endsWith("resident relaxations");
    }
    CudaProvider mistaken =
        provider(Map.of(CublasSearch.VARIABLE, cublas, CudaProvider.RELAXATIONS, "residnt"));
    assertThatThrownBy(() -> mistaken.open(BackendOptions.defaults()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            CudaProvider.RELAXATIONS, "'residnt'", "expected 'ordinary' or 'resident'");
    assertThat(mistaken.availability().usable()).isFalse();
  }

  @Test
  void driverWithoutDevices() {
    driver.devices(0);
    Availability found = provider().availability();
    assertThat(found.usable()).isFalse();
    assertThat(found.detail()).contains("cuInit", "CUDA_ERROR_NO_DEVICE", "100");
    assertThat(found.remedy()).contains("nvidia-smi", "CUDA_VISIBLE_DEVICES");
  }

  @Test
  void driverOlderThanTheKernels() {
    driver.version(12040);
    Availability found = provider().availability();
    assertThat(found.usable()).isFalse();
    assertThat(found.detail()).contains("supports CUDA 12.4", "built by CUDA 13.0");
    assertThat(found.remedy()).contains("Update the driver", "nvcc of CUDA 12");
    assertThatThrownBy(() -> provider().open(BackendOptions.defaults()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("supports CUDA 12.4", "Update the driver");
  }

  @Test
  void buildWithoutKernels() {
    Availability found =
        new CudaProvider(Optional.empty(), Map.of(), Path.of("/nowhere")).availability();
    assertThat(found.usable()).isFalse();
    assertThat(found.detail()).contains("no kernels in this build");
    assertThat(found.remedy()).contains("nvcc");
  }

  @Test
  void deviceThatIsNotThere() {
    assertThatThrownBy(() -> provider().open(with(new DeviceOptions(2, false, null))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("cuda.device is 2", "2 devices", "0: Stand-in A", "1: Stand-in B");
  }

  @Test
  void kernelsWithoutAnImageForTheDevice() {
    driver.fail("cuModuleLoadData", 209, 0);
    assertThatThrownBy(() -> provider().open(BackendOptions.defaults()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(
            "Stand-in A", "CUDA_ERROR_NO_BINARY_FOR_GPU", "sm_80, compute_80", "CUDA 13.0");
  }

  @Test
  void cublasThatIsNotThere() {
    Path missing = Path.of("/nowhere/libcublas.so.13");
    assertThatThrownBy(() -> provider().open(with(new DeviceOptions(0, false, missing))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("cuda.blas", missing.toString(), "no such file");
    assertThatThrownBy(
            () ->
                provider(Map.of(CublasSearch.VARIABLE, missing.toString()))
                    .open(BackendOptions.defaults()))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("LEMNISCATE_CUBLAS", missing.toString());
  }

  @Test
  void cublasThatIsAnotherLibrary() {
    Path other = driver.folder().resolve("libcuda.so.1");
    assertThatThrownBy(() -> provider().open(with(new DeviceOptions(0, false, other))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll(other.toString(), "cublasGemmStridedBatchedEx");
  }

  @Test
  void givesTheDeviceBackAfterWorkHasFailed() {
    Backend backend = provider().open(BackendOptions.defaults());
    backend.newArena().allocate(new Shape(3, 5));
    driver.fail("cuStreamSynchronize", LAUNCH_FAILED, 0);
    assertThatThrownBy(backend::close)
        .isInstanceOf(CudaException.class)
        .hasMessageContainingAll("CUDA_ERROR_LAUNCH_FAILED", "cuda.checked");
    assertThat(driver.held()).isEmpty();
    backend.close();
  }

  @Test
  void libraryOfTheCpu() {
    assertThatThrownBy(
            () -> provider().open(new BackendOptions(Precision.FP32, 0, Path.of("libblas.so.3"))))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("blas libblas.so.3", "cuda.blas");
  }

  @Test
  void productsOfTheCpu() {
    BackendOptions options = BackendOptions.defaults().withProducts(RepeatedProducts.PANELS);
    assertThatThrownBy(() -> provider().open(options))
        .isInstanceOf(BadInputException.class)
        .hasMessageContainingAll("cpu.products is panels", "not cuda");
  }

  @Test
  void imageKnowsItsToolkit() {
    KernelImage image = new KernelImage(new byte[] {1}, "12.6", List.of("sm_80", "sm_90a"));
    assertThat(image.toolkitMajor()).isEqualTo(12);
    assertThat(image.holds()).isEqualTo("sm_80, sm_90a");
  }
}
