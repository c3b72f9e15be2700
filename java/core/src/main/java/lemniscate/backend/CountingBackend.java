package lemniscate.backend;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Tensor;

/**
 * A backend that computes nothing and holds nothing: its arenas and plans add up what those of
 * another backend would take. Code that builds and runs a training step says so what it needs
 * before anything is allocated. Every value that is read is 0.
 */
public final class CountingBackend implements Backend {

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
  private static <T> T listing(Class<T> type, List<RecordedOperation> operations) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              Class<?> result = method.getReturnType();
              if (result.isInterface()) {
                return listing(result, operations);
              }
              operations.add(operation(arguments == null ? List.of() : Arrays.asList(arguments)));
              return null;
            }));
  }

  private static RecordedOperation operation(List<?> arguments) {
    List<Gemm> products = new ArrayList<>();
    List<Tensor> operands = new ArrayList<>();
    for (Object argument : arguments) {
      switch (argument) {
        case Gemm gemm -> products.add(gemm);
        case List<?> several -> several.forEach(each -> products.add((Gemm) each));
        case Tensor tensor -> operands.add(tensor);
        case null, default -> {
          // A number, or an operand that is left out.
        }
      }
    }
    return new RecordedOperation(products, operands);
  }

  /** The most bytes that open arenas and plans have held at a time. */
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
    List<RecordedOperation> operations = new ArrayList<>();
    step.accept(listing(Operations.class, operations));
    long bytes = like.recordingBytes(operations);
    change(bytes);
    return new CountedPlan(bytes);
  }

  private final class CountedPlan implements Plan {
    private long bytes;

    CountedPlan(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void run() {}

    @Override
    public void close() {
      change(-bytes);
      bytes = 0;
    }
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
