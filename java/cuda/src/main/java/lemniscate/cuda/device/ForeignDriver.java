package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUresult;
import lemniscate.cuda.driver.Launch;

/**
 * What the driver does with kernels that JCuda does not bind, through the foreign-function
 * interface: launches in clusters, and how many blocks and clusters a device holds at once (CUDA
 * 11.8 and newer); with what belongs to it, attributes of kernels.
 */
final class ForeignDriver {

  private static final ValueLayout I = ValueLayout.JAVA_INT;
  // Handles go as numbers.
  private static final ValueLayout HANDLE = ValueLayout.JAVA_LONG;
  private static final ValueLayout P = ValueLayout.ADDRESS;

  private static final Map<String, FunctionDescriptor> FUNCTIONS =
      Map.of(
          "cuLaunchKernelEx", status(P, HANDLE, P, P),
          "cuFuncGetAttribute", status(P, I, HANDLE),
          "cuFuncSetAttribute", status(HANDLE, I, I),
          "cuOccupancyMaxActiveBlocksPerMultiprocessor",
              status(P, HANDLE, I, ValueLayout.JAVA_LONG),
          "cuOccupancyMaxActiveClusters", status(P, HANDLE, P),
          "cuOccupancyMaxPotentialClusterSize", status(P, HANDLE, P));

  private final SymbolLookup symbols;
  private final Map<String, MethodHandle> handles = new HashMap<>();

  /** The driver that is loaded. */
  ForeignDriver() {
    symbols = SymbolLookup.libraryLookup(CudaDriver.LIBRARY, Arena.global());
  }

  private static FunctionDescriptor status(MemoryLayout... parameters) {
    return FunctionDescriptor.of(I, parameters);
  }

  // At the first call: an older driver serves what does not need the newer functions.
  private MethodHandle handle(String function) {
    return handles.computeIfAbsent(
        function,
        name ->
            Linker.nativeLinker()
                .downcallHandle(
                    symbols
                        .find(name)
                        .orElseThrow(
                            () ->
                                new CudaException(
                                    name,
                                    CUresult.CUDA_ERROR_NOT_FOUND,
                                    CUresult.stringFor(CUresult.CUDA_ERROR_NOT_FOUND),
                                    "Update the driver: it is older than CUDA 11.8.")),
                    FUNCTIONS.get(name)));
  }

  private void call(String operation, String function, Object... arguments) {
    int status;
    try {
      status = (int) handle(function).invokeWithArguments(arguments);
    } catch (CudaException failure) {
      throw failure;
    } catch (Throwable failure) {
      throw new IllegalStateException(function, failure);
    }
    check(operation, status);
  }

  /**
   * Enqueues a launch on a stream, or adds it to the graph that the stream captures.
   *
   * @param operation what a failure is called
   */
  void launch(String operation, KernelFunction function, Launch launch, WorkStream stream) {
    try (Arena arena = Arena.ofConfined()) {
      List<long[]> words = launch.parameters();
      MemorySegment parameters = arena.allocate(P, Math.max(1, words.size()));
      for (int i = 0; i < words.size(); i++) {
        parameters.setAtIndex(
            ValueLayout.ADDRESS, i, arena.allocateFrom(ValueLayout.JAVA_LONG, words.get(i)));
      }
      call(
          operation,
          "cuLaunchKernelEx",
          LaunchConfig.of(launch, stream.handle(), arena),
          function.handle(),
          parameters,
          MemorySegment.NULL);
    }
  }

  /** An attribute of a kernel, by its number in CUfunction_attribute. */
  int attribute(KernelFunction function, int attribute) {
    return asked(
        (result, _) ->
            call(
                "cuFuncGetAttribute of " + function.name(),
                "cuFuncGetAttribute",
                result,
                attribute,
                function.handle()));
  }

  /** Sets an attribute of a kernel. */
  void setAttribute(KernelFunction function, int attribute, int value) {
    call(
        "cuFuncSetAttribute of " + function.name(),
        "cuFuncSetAttribute",
        function.handle(),
        attribute,
        value);
  }

  /** Blocks of a launch that a multiprocessor holds at once. */
  int blocksPerMultiprocessor(KernelFunction function, Launch launch) {
    return asked(
        (result, _) ->
            call(
                "cuOccupancyMaxActiveBlocksPerMultiprocessor of " + function.name(),
                "cuOccupancyMaxActiveBlocksPerMultiprocessor",
                result,
                function.handle(),
                launch.threads(),
                (long) launch.sharedBytes()));
  }

  /** Clusters of a launch that the device holds at once. */
  int clusters(KernelFunction function, Launch launch, WorkStream stream) {
    return ofConfig("cuOccupancyMaxActiveClusters", function, launch, stream);
  }

  /** The most blocks that a cluster of the kernel may have with the blocks of the launch. */
  int largestCluster(KernelFunction function, Launch launch, WorkStream stream) {
    return ofConfig("cuOccupancyMaxPotentialClusterSize", function, launch, stream);
  }

  private int ofConfig(String name, KernelFunction function, Launch launch, WorkStream stream) {
    return asked(
        (result, arena) ->
            call(
                name + " of " + function.name(),
                name,
                result,
                function.handle(),
                LaunchConfig.of(launch, stream.handle(), arena)));
  }

  /** A call that writes a number. */
  @FunctionalInterface
  private interface Question {
    void ask(MemorySegment result, Arena arena);
  }

  private static int asked(Question question) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(ValueLayout.JAVA_INT);
      question.ask(result, arena);
      return result.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
