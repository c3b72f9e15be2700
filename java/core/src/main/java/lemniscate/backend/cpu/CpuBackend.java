package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.HostElements;
import lemniscate.backend.HostMemory;
import lemniscate.backend.OperandChecks;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Recording;
import lemniscate.backend.RepeatedProducts;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/** Native memory, a CBLAS library and vectorised loops, on a fixed number of threads. */
public final class CpuBackend implements Backend {

  /** Name of the provider. */
  public static final String NAME = "cpu";

  private final DType dtype;
  private final MatrixProduct engine;
  private final CpuOperations.KernelChoice kernels;
  private final String loops;
  private final WorkerPool pool;
  private final OperandChecks checks;
  private final List<CpuArena> arenas = new ArrayList<>();

  private final CpuCompiler compiler;
  private final String products;

  private boolean closed;

  CpuBackend(DType dtype, int threads, MatrixProduct engine, CpuKernels kernels) {
    this(dtype, threads, engine, kernels, PackedWeights.Rule.MEASURED, RepeatedProducts.AUTO);
  }

  /**
   * With a rule of its own for the weights that are packed.
   *
   * @throws lemniscate.config.BadInputException if products cannot be made as asked
   */
  CpuBackend(
      DType dtype,
      int threads,
      MatrixProduct engine,
      CpuKernels kernels,
      PackedWeights.Rule packing,
      RepeatedProducts asked) {
    this(dtype, threads, engine, kernels, packing, TransposedProducts.Rule.MEASURED, asked);
  }

  /** With rules of its own for the weights that are packed and the products that are transposed. */
  CpuBackend(
      DType dtype,
      int threads,
      MatrixProduct engine,
      CpuKernels kernels,
      PackedWeights.Rule packing,
      TransposedProducts.Rule transposing,
      RepeatedProducts asked) {
    this.products = PanelSource.description(asked, kernels.code());
    this.dtype = dtype;
    this.engine = engine;
    this.kernels = kernels::of;
    this.loops = kernels.description();
    this.pool = new WorkerPool(threads);
    this.compiler =
        new CpuCompiler(
            dtype,
            pool.threads(),
            engine,
            this.kernels,
            packing,
            transposing,
            PanelSource.of(asked, kernels.code(), dtype, engine, threads));
    this.checks = new OperandChecks(dtype, OffHeapStorage.class);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public String description() {
    return pool.threads()
        + (pool.threads() == 1 ? " thread, " : " threads, ")
        + engine.description()
        + ", "
        + loops
        + ", products "
        + products;
  }

  @Override
  public BackendMemory memory() {
    return new BackendMemory("memory", HostMemory.system().availableBytes(), CpuArena.ALIGNMENT);
  }

  @Override
  public Arena newArena() {
    requireOpen();
    CpuArena arena = new CpuArena(dtype);
    arenas.add(arena);
    return arena;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    requireOpen();
    List<Operation> recording = Recording.of(checks, step);
    CpuArena packed = new CpuArena(dtype);
    List<CpuOperation> operations = compiler.compile(recording, packed);
    if (packed.allocatedBytes() > 0) {
      arenas.add(packed);
    }
    List<CpuArena> touched =
        recording.stream()
            .flatMap(Operation::tensors)
            .map(tensor -> OffHeapStorage.of(tensor).owner())
            .distinct()
            .toList();
    return new CpuPlan(this, operations, touched, packed);
  }

  @Override
  public long recordingBytes(List<Operation> operations) {
    return compiler.packedBytes(operations);
  }

  /** Bytes of all arenas that are open, those of recordings included. */
  long heldBytes() {
    return arenas.stream()
        .filter(arena -> !arena.isClosed())
        .mapToLong(CpuArena::allocatedBytes)
        .sum();
  }

  @Override
  public void upload(float[] source, Tensor target) {
    HostElements.write(source, uploadTarget(source.length, target), offset(target), target.dtype());
  }

  @Override
  public void upload(double[] source, Tensor target) {
    HostElements.write(source, uploadTarget(source.length, target), offset(target), target.dtype());
  }

  @Override
  public void download(Tensor source, double[] target) {
    HostElements.read(
        downloadSource(source, target.length),
        offset(source),
        source.dtype(),
        target,
        Math.toIntExact(source.elements()));
  }

  @Override
  public void download(Tensor source, float[] target) {
    HostElements.read(
        downloadSource(source, target.length),
        offset(source),
        source.dtype(),
        target,
        Math.toIntExact(source.elements()));
  }

  // The storage of a tensor, which begins at its offset there: a slice would be an object.
  private MemorySegment uploadTarget(int length, Tensor target) {
    requireOpen();
    checks.upload(length, target);
    return OffHeapStorage.of(target).memory();
  }

  private MemorySegment downloadSource(Tensor source, int length) {
    requireOpen();
    checks.download(source, length);
    return OffHeapStorage.of(source).memory();
  }

  private static long offset(Tensor tensor) {
    return tensor.offset() * tensor.dtype().bytes();
  }

  @Override
  public double scalar(Tensor source) {
    requireOpen();
    checks.oneElement("scalar", source);
    return kernels.of(source.dtype()).get(OffHeapStorage.of(source).memory(), source.offset());
  }

  @Override
  public void setScalar(double value, Tensor target) {
    requireOpen();
    checks.oneElement("setScalar", target);
    kernels.of(target.dtype()).set(OffHeapStorage.of(target).memory(), target.offset(), value);
  }

  /** Returns at once: a plan has done its work when {@link Plan#run} returns. */
  @Override
  public void synchronize() {
    requireOpen();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      pool.close();
      arenas.forEach(CpuArena::close);
      arenas.clear();
    }
  }

  WorkerPool pool() {
    return pool;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the cpu backend is closed");
    }
  }
}
