package lemniscate.backend.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendMemory;
import lemniscate.backend.OperandChecks;
import lemniscate.backend.Operations;
import lemniscate.backend.Plan;
import lemniscate.backend.Recording;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * The backend that every other is tested against: scalar loops in double precision on the Java
 * heap. With element type float32 each stored value is rounded to it; what lies between is not.
 */
public final class ReferenceBackend implements Backend {

  /** Name of the provider. */
  public static final String NAME = "reference";

  private final DType dtype;
  private final OperandChecks checks;
  private final List<ReferenceArena> arenas = new ArrayList<>();
  private boolean closed;

  /** Opens it with an element type. */
  public ReferenceBackend(DType dtype) {
    this.dtype = dtype;
    this.checks = new OperandChecks(dtype, HeapStorage.class);
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
    return "scalar Java in double precision, elements stored as " + dtype;
  }

  /** The Java heap; an element of either type takes a double there. */
  @Override
  public BackendMemory memory() {
    Runtime runtime = Runtime.getRuntime();
    long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    return new BackendMemory(
        "Java heap", OptionalLong.of(free / Double.BYTES * dtype.bytes()), dtype.bytes());
  }

  @Override
  public Arena newArena() {
    requireOpen();
    ReferenceArena arena = new ReferenceArena(dtype);
    arenas.add(arena);
    return arena;
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    requireOpen();
    return new ReferencePlan(this, Recording.of(checks, step));
  }

  @Override
  public void upload(float[] source, Tensor target) {
    Matrix to = uploadTarget(source.length, target);
    for (int i = 0; i < source.length; i++) {
      to.set(i, source[i]);
    }
  }

  @Override
  public void upload(double[] source, Tensor target) {
    Matrix to = uploadTarget(source.length, target);
    for (int i = 0; i < source.length; i++) {
      to.set(i, source[i]);
    }
  }

  @Override
  public void download(Tensor source, double[] target) {
    Matrix from = downloadSource(source, target.length);
    for (int i = 0; i < from.elements(); i++) {
      target[i] = from.get(i);
    }
  }

  @Override
  public void download(Tensor source, float[] target) {
    Matrix from = downloadSource(source, target.length);
    for (int i = 0; i < from.elements(); i++) {
      target[i] = (float) from.get(i);
    }
  }

  @Override
  public double scalar(Tensor source) {
    requireOpen();
    checks.oneElement("scalar", source);
    return Matrix.scalar(source);
  }

  @Override
  public void setScalar(double value, Tensor target) {
    requireOpen();
    checks.oneElement("setScalar", target);
    Matrix.of(target).set(0, value);
  }

  /** Returns at once: a plan has done its work when {@link Plan#run} returns. */
  @Override
  public void synchronize() {
    requireOpen();
  }

  @Override
  public void close() {
    closed = true;
    arenas.forEach(Arena::close);
    arenas.clear();
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the reference backend is closed");
    }
  }

  private Matrix uploadTarget(int length, Tensor target) {
    requireOpen();
    checks.upload(length, target);
    return Matrix.of(target);
  }

  private Matrix downloadSource(Tensor source, int length) {
    requireOpen();
    checks.download(source, length);
    return Matrix.of(source);
  }
}
