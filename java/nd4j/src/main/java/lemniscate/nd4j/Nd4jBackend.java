package lemniscate.nd4j;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.HostMemory;
import lemniscate.backend.OperandChecks;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Recording;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** ND4J's arrays and operations, called one after another. */
final class Nd4jBackend implements Backend {

  /** Name of the provider. */
  static final String NAME = "nd4j";

  private final DType dtype;
  private final int threads;
  private final OperandChecks checks;
  private final List<Nd4jArena> arenas = new ArrayList<>();
  private boolean closed;

  Nd4jBackend(DType dtype, int threads) {
    this.dtype = dtype;
    this.threads = threads;
    this.checks = new OperandChecks(dtype, Nd4jStorage.class);
  }

  /** Name and version of the library in use. */
  static String library() {
    boolean cpu = Nd4j.getEnvironment().isCPU();
    String version = Nd4j.class.getPackage().getImplementationVersion();
    return "ND4J" + (version == null ? "" : " " + version) + (cpu ? ", native CPU" : ", CUDA");
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
    return threads + (threads == 1 ? " thread, " : " threads, ") + library();
  }

  /**
   * What the machine has left, or what JavaCPP allows itself ({@code
   * org.bytedeco.javacpp.maxBytes}).
   */
  @Override
  public BackendMemory memory() {
    OptionalLong machine = HostMemory.system().availableBytes();
    long allowed = Pointer.maxBytes() - Pointer.totalBytes();
    return new BackendMemory(
        "memory of ND4J",
        OptionalLong.of(Math.min(allowed, machine.orElse(Long.MAX_VALUE))),
        dtype.bytes());
  }

  @Override
  public Arena newArena() {
    requireOpen();
    Nd4jArena arena = new Nd4jArena(dtype);
    arenas.add(arena);
    return arena;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    requireOpen();
    Nd4jSteps steps = new Nd4jSteps();
    Nd4jOperations lowering = new Nd4jOperations(steps);
    Recording.of(checks, step).forEach(lowering::lower);
    return new Nd4jPlan(this, steps);
  }

  @Override
  public void upload(float[] source, Tensor target) {
    uploadTarget(source.length, target).assign(Nd4j.createFromArray(source).reshape(rows(target)));
  }

  @Override
  public void upload(double[] source, Tensor target) {
    uploadTarget(source.length, target).assign(Nd4j.createFromArray(source).reshape(rows(target)));
  }

  private static long[] rows(Tensor tensor) {
    return new long[] {tensor.rows(), tensor.columns()};
  }

  @Override
  public void download(Tensor source, double[] target) {
    double[] values =
        downloadSource(source, target.length).castTo(DataType.DOUBLE).dup('c').data().asDouble();
    System.arraycopy(values, 0, target, 0, values.length);
  }

  @Override
  public void download(Tensor source, float[] target) {
    float[] values =
        downloadSource(source, target.length).castTo(DataType.FLOAT).dup('c').data().asFloat();
    System.arraycopy(values, 0, target, 0, values.length);
  }

  private INDArray uploadTarget(int length, Tensor target) {
    requireOpen();
    checks.upload(length, target);
    return Nd4jStorage.of(target).view(target);
  }

  private INDArray downloadSource(Tensor source, int length) {
    requireOpen();
    checks.download(source, length);
    return Nd4jStorage.of(source).view(source);
  }

  @Override
  public double scalar(Tensor source) {
    requireOpen();
    checks.oneElement("scalar", source);
    return Nd4jStorage.of(source).view(source).getDouble(0);
  }

  @Override
  public void setScalar(double value, Tensor target) {
    requireOpen();
    checks.oneElement("setScalar", target);
    Nd4jStorage.of(target).view(target).assign(value);
  }

  @Override
  public void synchronize() {
    requireOpen();
    Nd4j.getExecutioner().commit();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arenas.forEach(Nd4jArena::close);
      arenas.clear();
    }
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the nd4j backend is closed");
    }
  }
}
