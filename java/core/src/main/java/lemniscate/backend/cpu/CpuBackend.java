package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.CheckedOperations;
import lemniscate.backend.Gemm;
import lemniscate.backend.HostElements;
import lemniscate.backend.HostMemory;
import lemniscate.backend.OperandChecks;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.RecordedOperation;
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

  private final PackedWeights.Rule packing;
  private final TurnedProducts.Rule turning;
  private final Optional<PanelSource> panels;
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
    this(dtype, threads, engine, kernels, packing, TurnedProducts.Rule.MEASURED, asked);
  }

  /** With rules of its own for the weights that are packed and the products that are turned. */
  CpuBackend(
      DType dtype,
      int threads,
      MatrixProduct engine,
      CpuKernels kernels,
      PackedWeights.Rule packing,
      TurnedProducts.Rule turning,
      RepeatedProducts asked) {
    this.packing = packing;
    this.turning = turning;
    this.panels = PanelSource.of(asked, kernels.panels(dtype), engine, threads);
    this.products = PanelSource.description(asked, kernels.panels(dtype));
    this.dtype = dtype;
    this.engine = engine;
    this.kernels = kernels::of;
    this.loops = kernels.description();
    this.pool = new WorkerPool(threads);
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
    CpuOperations recording = new CpuOperations(engine, kernels);
    step.accept(CheckedOperations.of(recording, dtype, OffHeapStorage.class));
    CpuArena packed = new CpuArena(dtype);
    List<CpuOperation> operations =
        panels.map(source -> packed(recording, source, packed)).orElse(recording.recorded());
    if (packed.allocatedBytes() > 0) {
      arenas.add(packed);
    }
    return new CpuPlan(this, RowChain.link(operations, pool.threads()), recording.arenas(), packed);
  }

  @Override
  public long recordingBytes(List<RecordedOperation> operations) {
    return panels.map(source -> panelBytes(source, operations)).orElse(0L);
  }

  private long panelBytes(PanelSource source, List<RecordedOperation> operations) {
    PackedWeights.Found found = PackedWeights.find(packing, operations);
    LongStream weights =
        found.packed().stream()
            .mapToLong(gemm -> source.byPart(gemm)[0].elements(gemm.k(), gemm.n()));
    LongStream batches =
        found.others().stream()
            .filter(gemm -> turns(source, gemm))
            .mapToLong(gemm -> source.byPart(gemm)[0].elements(gemm.k(), gemm.m()));
    return LongStream.concat(weights, batches)
        .map(elements -> Math.multiplyExact(elements, dtype.bytes()))
        .reduce(0, Math::addExact);
  }

  /** Bytes of all arenas that are open, those of recordings included. */
  long heldBytes() {
    return arenas.stream()
        .filter(arena -> !arena.isClosed())
        .mapToLong(CpuArena::allocatedBytes)
        .sum();
  }

  private List<CpuOperation> packed(CpuOperations recording, PanelSource source, CpuArena arena) {
    List<CpuOperation> packed =
        PackedWeights.link(
            packing,
            recording.recorded(),
            recording.touched(),
            gemm -> new PackedWeight(gemm, source.byPart(gemm), arena));
    return TurnedProducts.link(
        packed,
        gemm -> turns(source, gemm),
        gemm -> PackedWeight.batchOf(gemm, source.byPart(gemm), arena));
  }

  private boolean turns(PanelSource source, Gemm gemm) {
    return turning.admits(gemm, source::turning);
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
