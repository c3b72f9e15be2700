package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import jcuda.Pointer;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import lemniscate.cuda.driver.Launch;

/** The kernels of a module: what they are allowed, what a device holds of them, their launches. */
final class Kernels {

  /** Blocks that a cluster may have on every device that has clusters. */
  private static final int PORTABLE_CLUSTER = 8;

  private final CUmodule module;
  private final DeviceFacts facts;
  private final WorkStream stream;
  private final ForeignDriver driver = new ForeignDriver();
  private final Map<String, KernelFunction> functions = new HashMap<>();
  private final Map<String, Integer> askedFor = new HashMap<>();
  private final Set<String> inLargeClusters = new HashSet<>();

  /** Of a module that is loaded, on a stream that is created before the first call. */
  Kernels(CUmodule module, DeviceFacts facts, WorkStream stream) {
    this.module = module;
    this.facts = facts;
    this.stream = stream;
  }

  private KernelFunction function(String kernel) {
    return functions.computeIfAbsent(
        kernel,
        name -> {
          KernelFunction function = new KernelFunction(name);
          check(
              "cuModuleGetFunction of " + name,
              JCudaDriver.cuModuleGetFunction(function, module, name));
          return function;
        });
  }

  /**
   * Looks a kernel up and asks the driver for what it does not grant of itself: loading a function
   * is not allowed in every capture.
   *
   * @throws CudaException where the device does not have it
   */
  void prepare(Launch launch) {
    KernelFunction function = function(launch.kernel());
    // Never for less: earlier recordings still need what they have asked for.
    if (launch.sharedBytes() > askedFor.getOrDefault(launch.kernel(), Launch.SHARED_BYTES)) {
      requireShared(function, launch);
      driver.setAttribute(
          function,
          CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
          launch.sharedBytes());
      askedFor.put(launch.kernel(), launch.sharedBytes());
    }
    if (launch.cluster() > 1 && !facts.clusters()) {
      throw new CudaException(
          Kernels.named(launch),
          CUresult.CUDA_ERROR_INVALID_CLUSTER_SIZE,
          CUresult.stringFor(CUresult.CUDA_ERROR_INVALID_CLUSTER_SIZE),
          facts.described() + " has no clusters: use other relaxations.");
    }
    if (launch.cluster() > PORTABLE_CLUSTER && inLargeClusters.add(launch.kernel())) {
      driver.setAttribute(
          function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED, 1);
    }
  }

  // What a kernel declares itself comes on top of what a launch gives it.
  private void requireShared(KernelFunction function, Launch launch) {
    int own = driver.attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES);
    if (launch.sharedBytes() > facts.sharedBytes() - own) {
      throw new CudaException(
          named(launch) + " and " + launch.sharedBytes() + " + " + own + " bytes of shared memory",
          CUresult.CUDA_ERROR_INVALID_VALUE,
          CUresult.stringFor(CUresult.CUDA_ERROR_INVALID_VALUE),
          facts.described() + " has " + facts.sharedBytes() + " a block: report this.");
    }
  }

  /** Blocks of a launch that the device holds at once, in whole clusters. */
  int residentBlocks(Launch launch) {
    prepare(launch);
    KernelFunction function = function(launch.kernel());
    return launch.cluster() > 1
        ? driver.clusters(function, launch, stream) * launch.cluster()
        : driver.blocksPerMultiprocessor(function, launch) * facts.multiprocessors();
  }

  /** The most blocks that a cluster may have with such blocks. */
  int largestCluster(Launch launch) {
    if (!facts.clusters()) {
      return 1;
    }
    prepare(launch);
    return driver.largestCluster(function(launch.kernel()), launch, stream);
  }

  /** Enqueues a launch. */
  void launch(Launch launch) {
    KernelFunction function = function(launch.kernel());
    if (launch.cluster() > 1) {
      driver.launch(named(launch), function, launch, stream);
      return;
    }
    Pointer parameters =
        Pointer.to(launch.parameters().stream().map(Pointer::to).toArray(Pointer[]::new));
    int status =
        launch.cooperative()
            ? JCudaDriver.cuLaunchCooperativeKernel(
                function,
                launch.gridX(),
                launch.gridY(),
                1,
                launch.threads(),
                1,
                1,
                launch.sharedBytes(),
                stream,
                parameters)
            : JCudaDriver.cuLaunchKernel(
                function,
                launch.gridX(),
                launch.gridY(),
                1,
                launch.threads(),
                1,
                1,
                launch.sharedBytes(),
                stream,
                parameters,
                null);
    check(named(launch), status);
  }

  /** A launch for people. */
  static String named(Launch launch) {
    return "kernel "
        + launch.kernel()
        + " of ("
        + launch.gridX()
        + ", "
        + launch.gridY()
        + ") blocks of "
        + launch.threads()
        + " threads"
        + (launch.cluster() > 1 ? " in clusters of " + launch.cluster() : "");
  }
}
