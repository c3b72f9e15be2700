package lemniscate.cuda.device;

import static lemniscate.cuda.device.DriverStatus.check;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import lemniscate.backend.MemoryPlan;
import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Device;
import lemniscate.cuda.driver.Launch;
import lemniscate.cuda.driver.Product;
import org.jspecify.annotations.Nullable;

/**
 * A device through CUDA's driver interface: its primary context, one stream that waits for no
 * other, the kernels of an image, and cuBLAS. Every status is checked.
 */
public final class JCudaDevice implements Device {

  /** Of the libcublas that JCublas links. */
  private static final int JCUBLAS_MAJOR = 12;

  /** Rows and columns of the matrices of a first product. */
  private static final int WARM_UP_SIDE = 64;

  private final DeviceFacts facts;
  private final CudaDriver driver;
  private final boolean checked;
  private final CUdevice device;
  private final CUcontext context = new CUcontext();
  private final CUmodule module = new CUmodule();
  private final WorkStream stream = new WorkStream();
  private final Kernels kernels;
  private final Set<Long> allocated = new TreeSet<>();
  private final List<Recording> recordings = new ArrayList<>();
  private final Set<Kind> warm = new HashSet<>();
  private final List<PinnedArrivals> arrivals = new ArrayList<>();
  private @Nullable PinnedRing ring;
  private @Nullable ProductEngine engine;
  private boolean moduleLoaded;
  private boolean streamCreated;
  private boolean closed;

  private JCudaDevice(CudaDriver driver, DeviceFacts facts, boolean checked) {
    this.driver = driver;
    this.facts = facts;
    this.checked = checked;
    this.device = CudaDriver.device(facts.index());
    this.kernels = new Kernels(module, facts, stream);
  }

  /**
   * Takes a device.
   *
   * @param driver that was started
   * @param facts which of its devices
   * @param image the kernels
   * @param library cuBLAS
   * @param checked whether work is enqueued piece by piece and each is waited for, so that a
   *     failure names the kernel
   * @throws CudaException when the device refuses
   */
  public static JCudaDevice open(
      CudaDriver driver,
      DeviceFacts facts,
      KernelImage image,
      CublasLibrary library,
      boolean checked) {
    JCudaDevice opened = new JCudaDevice(driver, facts, checked);
    check(
        "cuDevicePrimaryCtxRetain",
        JCudaDriver.cuDevicePrimaryCtxRetain(opened.context, opened.device));
    try {
      opened.start(image, library);
      return opened;
    } catch (RuntimeException | Error failure) {
      try {
        opened.close();
      } catch (CudaException second) {
        failure.addSuppressed(second);
      }
      throw failure;
    }
  }

  private void start(KernelImage image, CublasLibrary library) {
    enter();
    load(image);
    check(
        "cuStreamCreate",
        JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING));
    streamCreated = true;
    ring = new PinnedRing(stream);
    ring.start();
    long workspace = reserve(ProductEngine.WORKSPACE_BYTES);
    engine = engine(library, workspace);
  }

  private void load(KernelImage image) {
    int status = JCudaDriver.cuModuleLoadData(module, image.image());
    switch (status) {
      case CUresult.CUDA_SUCCESS -> moduleLoaded = true;
      case CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU,
          CUresult.CUDA_ERROR_INVALID_IMAGE,
          CUresult.CUDA_ERROR_INVALID_PTX,
          CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION,
          CUresult.CUDA_ERROR_JIT_COMPILER_NOT_FOUND,
          CUresult.CUDA_ERROR_JIT_COMPILATION_DISABLED ->
          throw new CudaException(
              "loading the kernels on " + facts.described(),
              status,
              CUresult.stringFor(status),
              "They hold "
                  + image.holds()
                  + ", made by CUDA "
                  + image.toolkit()
                  + ", and the driver supports CUDA "
                  + driver.versionText()
                  + ": update the driver, or build with the nvcc of its CUDA.");
      default -> throw DriverStatus.failure("cuModuleLoadData", status);
    }
  }

  private ProductEngine engine(CublasLibrary library, long workspace) {
    if (library.major() == JCUBLAS_MAJOR) {
      try {
        return new JCublasEngine(library, stream, workspace);
      } catch (UnsatisfiedLinkError | NoClassDefFoundError | ExceptionInInitializerError notHere) {
        // The same library, bound in the other way.
      }
    }
    return new ForeignCublasEngine(library, stream.handle(), workspace);
  }

  // The context of a thread is its own: any may call.
  private void enter() {
    if (closed) {
      throw new IllegalStateException("the device is closed");
    }
    check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
  }

  private PinnedRing ring() {
    if (ring == null) {
      throw new IllegalStateException("the device was not started");
    }
    return ring;
  }

  private ProductEngine engine() {
    if (engine == null) {
      throw new IllegalStateException("the device was not started");
    }
    return engine;
  }

  @Override
  public String description() {
    return facts.described()
        + ", driver for CUDA "
        + driver.versionText()
        + ", "
        + engine().description()
        + (checked ? ", each launch checked" : "");
  }

  @Override
  public int multiprocessors() {
    return facts.multiprocessors();
  }

  @Override
  public int sharedBytes() {
    return facts.sharedBytes();
  }

  @Override
  public int residentBlocks(Launch launch) {
    enter();
    return kernels.residentBlocks(launch);
  }

  @Override
  public int largestCluster(Launch launch) {
    enter();
    return kernels.largestCluster(launch);
  }

  @Override
  public long freeBytes() {
    enter();
    return free();
  }

  private static long free() {
    long[] free = new long[1];
    long[] total = new long[1];
    check("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return free[0];
  }

  @Override
  public long allocate(long bytes) {
    enter();
    long address = reserve(bytes);
    check(
        "cuMemsetD8Async",
        JCudaDriver.cuMemsetD8Async(new DeviceAddress(address), (byte) 0, bytes, stream));
    return address;
  }

  private long reserve(long bytes) {
    DeviceAddress pointer = new DeviceAddress();
    int status = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (DriverStatus.outOfMemory(status)) {
      throw new OutOfMemoryError(
          MemoryPlan.text(bytes)
              + " of device memory were asked for, and "
              + MemoryPlan.text(free())
              + " are free on "
              + facts.described());
    }
    check("cuMemAlloc", status);
    long address = pointer.address();
    allocated.add(address);
    return address;
  }

  @Override
  public void free(long address) {
    enter();
    if (!allocated.remove(address)) {
      throw new IllegalStateException("no allocation at " + Long.toHexString(address));
    }
    check("cuMemFree", JCudaDriver.cuMemFree(new DeviceAddress(address)));
  }

  @Override
  public void upload(MemorySegment source, long target) {
    enter();
    ring().upload(source, target);
  }

  @Override
  public void download(long source, MemorySegment target) {
    enter();
    ring().download(source, target);
  }

  @Override
  public void synchronize() {
    enter();
    waitForAll("cuStreamSynchronize");
  }

  private void waitForAll(String operation) {
    check(operation, JCudaDriver.cuStreamSynchronize(stream));
  }

  @Override
  public Arrivals arrivals(int slots) {
    enter();
    PinnedArrivals opened = new PinnedArrivals(slots);
    arrivals.add(opened);
    opened.slots.start();
    return opened;
  }

  @Override
  public Recording record(List<Work> work) {
    enter();
    List<Work> recorded = List.copyOf(work);
    for (Work item : recorded) {
      if (item instanceof Launch launch) {
        kernels.prepare(launch);
      }
    }
    if (!checked) {
      warmUp(recorded);
    }
    Recording recording =
        checked ? new CheckedRecording(recorded) : new Graph(stream, () -> enqueue(recorded));
    recordings.add(recording);
    return recording;
  }

  /** A product as the library tells them apart where it loads its code. */
  private record Kind(
      Precision precision, boolean transposeA, boolean transposeB, boolean batched) {}

  // What the library does at its first product of a kind, such as loading code, is no part of a
  // graph: small products of all kinds are made beforehand, in memory of their own.
  private void warmUp(List<Work> work) {
    long bytes = (long) WARM_UP_SIDE * WARM_UP_SIDE * Double.BYTES;
    long memory = 0;
    for (Work item : work) {
      if (item instanceof Product p
          && warm.add(new Kind(p.precision(), p.transposeA(), p.transposeB(), p.count() > 1))) {
        if (memory == 0) {
          memory = allocate(4 * bytes);
        }
        engine()
            .multiply(
                new Product(
                    p.precision(),
                    p.transposeA(),
                    p.transposeB(),
                    WARM_UP_SIDE,
                    WARM_UP_SIDE,
                    WARM_UP_SIDE,
                    1,
                    memory,
                    0,
                    memory + bytes,
                    0,
                    0,
                    memory + 2 * bytes,
                    (long) WARM_UP_SIDE * WARM_UP_SIDE,
                    p.count() > 1 ? 2 : 1,
                    0));
      }
    }
    if (memory != 0) {
      waitForAll("the library's first products");
      free(memory);
    }
  }

  private void enqueue(List<Work> work) {
    for (Work item : work) {
      enqueue(item);
    }
  }

  private void enqueue(Work item) {
    switch (item) {
      case Launch launch -> kernels.launch(launch);
      case Product product -> engine().multiply(product);
    }
  }

  private static String named(Work item) {
    return switch (item) {
      case Launch launch -> Kernels.named(launch);
      case Product product ->
          "product of " + product.m() + " x " + product.k() + " x " + product.n();
    };
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    Cleanup cleanup = new Cleanup();
    cleanup.run(this::enter);
    closed = true;
    if (streamCreated) {
      cleanup.run("cuStreamSynchronize", () -> JCudaDriver.cuStreamSynchronize(stream));
    }
    List.copyOf(recordings).forEach(recording -> cleanup.run(recording::close));
    if (engine != null) {
      cleanup.run(engine::close);
    }
    for (long address : allocated) {
      cleanup.run("cuMemFree", () -> JCudaDriver.cuMemFree(new DeviceAddress(address)));
    }
    if (ring != null) {
      ring.close(cleanup);
    }
    arrivals.forEach(opened -> opened.slots.close(cleanup));
    if (streamCreated) {
      cleanup.run("cuStreamDestroy", () -> JCudaDriver.cuStreamDestroy(stream));
    }
    if (moduleLoaded) {
      cleanup.run("cuModuleUnload", () -> JCudaDriver.cuModuleUnload(module));
    }
    cleanup.run("cuDevicePrimaryCtxRelease", () -> JCudaDriver.cuDevicePrimaryCtxRelease(device));
    cleanup.finish();
  }

  /** Numbers that come through page-locked memory. */
  private final class PinnedArrivals implements Arrivals {

    private final PinnedSlots slots;

    private PinnedArrivals(int slots) {
      this.slots = new PinnedSlots(stream, slots, Long.BYTES);
    }

    @Override
    public void enqueue(int slot, long source, int bytes) {
      enter();
      slots.fetch(slot, source, bytes);
      slots.copied(slot);
    }

    @Override
    public MemorySegment await(int slot) {
      enter();
      slots.await(slot);
      return slots.memory(slot);
    }

    @Override
    public void close() {
      if (!closed && arrivals.contains(this)) {
        enter();
        // A copy may be under way.
        waitForAll("cuStreamSynchronize");
        arrivals.remove(this);
        Cleanup cleanup = new Cleanup();
        slots.close(cleanup);
        cleanup.finish();
      }
    }
  }

  /** Work that is enqueued piece by piece and waited for. */
  private final class CheckedRecording implements Recording {

    private final List<Work> work;

    private CheckedRecording(List<Work> work) {
      this.work = work;
    }

    @Override
    public void run() {
      enter();
      waitForAll("what came before the recording");
      for (Work item : work) {
        enqueue(item);
        waitForAll(named(item));
      }
    }

    @Override
    public void close() {
      recordings.remove(this);
    }
  }

  /** Work as a graph. */
  private final class Graph implements Recording {
    private final GraphExecution graph;

    private Graph(WorkStream stream, Runnable work) {
      graph = GraphExecution.capture(stream, work);
    }

    @Override
    public void run() {
      enter();
      graph.launch();
    }

    @Override
    public void close() {
      if (recordings.remove(this)) {
        if (!closed) {
          enter();
          // It may still run.
          waitForAll("cuStreamSynchronize");
        }
        graph.destroy();
      }
    }
  }
}
