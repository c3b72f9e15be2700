package lemniscate.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;

/**
 * A backend that computes nothing and holds nothing: its arenas and plans add up what those of
 * another backend would take. Code that builds and runs a training step says so what it needs
 * before anything is allocated.
 */
public final class CountingBackend implements ValuelessBackend {

  private final Backend like;
  private final int slabAlignment;
  private long current;
  private long peak;
  private final boolean work;
  private double flops;

  /** Counts as the arenas of this backend do. */
  public CountingBackend(Backend like) {
    this(like, false);
  }

  private CountingBackend(Backend like, boolean work) {
    this.like = like;
    this.work = work;
    this.slabAlignment = like.memory().slabAlignment();
  }

  /** Counts what plans that are run would compute, too. */
  public static CountingBackend ofWork(Backend like) {
    return new CountingBackend(like, true);
  }

  /** Floating-point operations of the products of all plans that were run; 0 unless counted. */
  public double flops() {
    return flops;
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
    List<Operation> operations = new ArrayList<>();
    step.accept(
        operation -> {
          Recording.requireRoom(operations.size());
          operations.add(operation);
        });
    long bytes = like.recordingBytes(operations);
    change(bytes);
    return new CountedPlan(bytes, work ? flops(operations) : 0);
  }

  private static double flops(List<Operation> operations) {
    return IndependentNeighbours.products(operations).stream().mapToDouble(Gemm::flops).sum();
  }

  private final class CountedPlan implements Plan {
    private long bytes;
    private final double products;

    CountedPlan(long bytes, double products) {
      this.bytes = bytes;
      this.products = products;
    }

    @Override
    public void run() {
      flops += products;
    }

    @Override
    public void close() {
      change(-bytes);
      bytes = 0;
    }
  }
}
