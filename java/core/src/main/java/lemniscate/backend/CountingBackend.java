package lemniscate.backend;

import java.lang.reflect.Proxy;
import java.util.function.Consumer;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * A backend that computes nothing and holds nothing: its arenas add up what those of another
 * backend would hand out. Code that builds and runs a training step says so what it needs before
 * anything is allocated. Every value that is read is 0.
 */
public final class CountingBackend implements Backend {

  private static final Operations NOTHING = nothing(Operations.class);

  private static final Plan EMPTY_PLAN =
      new Plan() {
        @Override
        public void run() {}

        @Override
        public void close() {}
      };

  private final Backend like;
  private final int slabAlignment;
  private long current;
  private long peak;

  /** Counts as the arenas of this backend do. */
  public CountingBackend(Backend like) {
    this.like = like;
    this.slabAlignment = like.memory().slabAlignment();
  }

  // Whatever the vocabulary of operations is, and becomes.
  private static <T> T nothing(Class<T> type) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              Class<?> result = method.getReturnType();
              return result.isInterface() ? nothing(result) : null;
            }));
  }

  /** The most bytes that open arenas have held at a time. */
  public long peakBytes() {
    return peak;
  }

  @Override
  public String name() {
    return like.name();
  }

  @Override
  public DType dtype() {
    return like.dtype();
  }

  @Override
  public String description() {
    return "counts the memory of: " + like.description();
  }

  @Override
  public BackendMemory memory() {
    return like.memory();
  }

  @Override
  public Arena newArena() {
    return new CountingArena(dtype(), slabAlignment, this::change);
  }

  private void change(long bytes) {
    current = Math.addExact(current, bytes);
    peak = Math.max(peak, current);
  }

  @Override
  public Plan record(Consumer<Operations> step) {
    step.accept(NOTHING);
    return EMPTY_PLAN;
  }

  @Override
  public void upload(float[] source, Tensor target) {}

  @Override
  public void upload(double[] source, Tensor target) {}

  @Override
  public void download(Tensor source, double[] target) {}

  @Override
  public void download(Tensor source, float[] target) {}

  @Override
  public double scalar(Tensor source) {
    return 0;
  }

  @Override
  public void setScalar(double value, Tensor target) {}

  @Override
  public void synchronize() {}

  @Override
  public void close() {}
}
