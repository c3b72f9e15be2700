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

  /** Counts as the arenas of this backend do. */
  public CountingBackend(Backend like) {
    this.like = like;
    this.slabAlignment = like.memory().slabAlignment();
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
}
