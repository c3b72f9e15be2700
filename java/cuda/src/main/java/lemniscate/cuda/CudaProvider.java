package lemniscate.cuda;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.BackendProvider;
import lemniscate.backend.DeviceOptions;
import lemniscate.config.BadInputException;
import lemniscate.cuda.device.CublasLibrary;
import lemniscate.cuda.device.CublasSearch;
import lemniscate.cuda.device.CudaDriver;
import lemniscate.cuda.device.CudaException;
import lemniscate.cuda.device.DeviceFacts;
import lemniscate.cuda.device.JCudaDevice;
import lemniscate.cuda.device.KernelImage;
import lemniscate.cuda.kernel.Relaxations;
import lemniscate.text.Shown;
import org.jspecify.annotations.Nullable;

/** Entry of the CUDA backend: usable with a driver, a device, cuBLAS, and kernels in the build. */
public final class CudaProvider implements BackendProvider {

  /** How relaxations run; {@link Relaxations} in lower case. */
  static final String RELAXATIONS = "LEMNISCATE_RELAXATIONS";

  private final Optional<KernelImage> kernels;
  private final Map<String, String> environment;
  private final Path root;

  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {
    this(KernelImage.bundled(), System.getenv(), Path.of("/"));
  }

  /**
   * With other surroundings.
   *
   * @param kernels of the build
   * @param environment of the process
   * @param root of the file system in which cuBLAS is searched for
   */
  CudaProvider(Optional<KernelImage> kernels, Map<String, String> environment, Path root) {
    this.kernels = kernels;
    this.environment = Map.copyOf(environment);
    this.root = root;
  }

  @Override
  public String name() {
    return CudaBackend.NAME;
  }

  @Override
  public int rank() {
    return 20;
  }

  @Override
  public Availability availability() {
    try {
      Parts parts = parts(null);
      return Availability.usable(
          parts.driver.devices().stream().map(DeviceFacts::listed).collect(Collectors.joining("; "))
              + ", cuBLAS "
              + parts.library.place()
              + relaxations().described());
    } catch (Missing missing) {
      return Availability.unusable(missing.reason, missing.remedy);
    } catch (BadInputException e) {
      return Availability.unusable(
          String.valueOf(e.getMessage()), "Correct the environment variable");
    }
  }

  @Override
  public Backend open(BackendOptions options) {
    if (options.blas() != null) {
      throw new BadInputException(
          "blas "
              + options.blas()
              + ": names a library of the CPU; the cuda backend takes cuda.blas, or choose the cpu"
              + " backend");
    }
    options.requireNoChoiceOfProducts(name());
    DeviceOptions asked = options.device();
    Relaxations relaxations = relaxations();
    try {
      Parts parts = parts(asked.blas());
      DeviceFacts facts = device(parts.driver, asked.index());
      return new CudaBackend(
          JCudaDevice.open(parts.driver, facts, parts.kernels, parts.library, asked.checked()),
          options.precision(),
          relaxations);
    } catch (Missing missing) {
      throw new BadInputException(
          "backend cuda is not usable here: " + missing.reason + ". " + missing.remedy, missing);
    } catch (CudaException e) {
      throw new BadInputException("backend cuda: " + e.getMessage(), e);
    }
  }

  private Relaxations relaxations() {
    String asked = environment.getOrDefault(RELAXATIONS, "ordinary");
    return switch (asked) {
      case "ordinary" -> Relaxations.ORDINARY;
      case "resident" -> Relaxations.RESIDENT;
      default ->
          throw new BadInputException(
              "environment variable "
                  + RELAXATIONS
                  + " is "
                  + Shown.quoted(asked)
                  + "; expected 'ordinary' or 'resident'. Correct or unset it.");
    };
  }

  private static DeviceFacts device(CudaDriver driver, int index) {
    List<DeviceFacts> devices = driver.devices();
    if (index >= devices.size()) {
      throw new BadInputException(
          "cuda.device is "
              + index
              + ", and this process sees "
              + (devices.size() == 1 ? "one device: " : devices.size() + " devices: ")
              + devices.stream().map(DeviceFacts::listed).collect(Collectors.joining("; "))
              + ". Use the number of one of them.");
    }
    return devices.get(index);
  }

  private Parts parts(@Nullable Path blas) throws Missing {
    if (!CudaDriver.installed()) {
      throw new Missing(
          "no NVIDIA driver (libcuda.so.1)",
          "Install NVIDIA's driver, or in a container pass the device in (--gpus all)");
    }
    KernelImage image =
        kernels.orElseThrow(
            () ->
                new Missing(
                    "no kernels in this build, which found no nvcc",
                    "Install the CUDA toolkit, put nvcc on PATH and build again"));
    CudaDriver driver = driver();
    if (driver.major() < image.toolkitMajor()) {
      throw new Missing(
          "the driver supports CUDA "
              + driver.versionText()
              + " and the kernels were built by CUDA "
              + image.toolkit(),
          "Update the driver, or build with the nvcc of CUDA " + driver.major());
    }
    if (driver.devices().isEmpty()) {
      throw new Missing(
          "no CUDA device",
          "Compare nvidia-smi with CUDA_VISIBLE_DEVICES; a container must be given its devices");
    }
    CublasSearch search = new CublasSearch(blas, environment, root, driver.major());
    CublasLibrary library =
        search.find().orElseThrow(() -> new Missing("no cuBLAS was found", search.remedy()));
    return new Parts(driver, image, library);
  }

  private static CudaDriver driver() throws Missing {
    try {
      return CudaDriver.start();
    } catch (CudaException e) {
      throw new Missing(e.operation() + " says " + e.name() + " (" + e.code() + ")", e.remedy());
    } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError e) {
      throw new Missing(
          "JCuda has no native library for " + System.getProperty("os.arch") + " here",
          "Use Linux on x86-64 and a temporary folder (java.io.tmpdir) from which programs may run");
    }
  }

  private record Parts(CudaDriver driver, KernelImage kernels, CublasLibrary library) {}

  /** Why the backend cannot be opened. */
  private static final class Missing extends Exception {

    private static final long serialVersionUID = 1;

    private final String reason;
    private final String remedy;

    private Missing(String reason, String remedy) {
      super(reason);
      this.reason = reason;
      this.remedy = remedy;
    }
  }
}
