package lemniscate.backend;

import java.util.function.LongConsumer;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/** An arena without memory: it adds up what another one would hand out. */
final class CountingArena implements Arena {

  private final DType dtype;
  private final int slabAlignment;
  private final LongConsumer change;
  private long allocated;
  private boolean closed;

  /** Memory that is not there. */
  private record Absent(DType dtype, long elements) implements Storage {}

  /**
   * Starts at nothing.
   *
   * @param change told of bytes that come (positive) and go (negative)
   */
  CountingArena(DType dtype, int slabAlignment, LongConsumer change) {
    this.dtype = dtype;
    this.slabAlignment = slabAlignment;
    this.change = change;
  }

  @Override
  public Tensor allocate(Shape shape) {
    return new Tensor(storage(dtype, shape.elements()), 0, shape);
  }

  @Override
  public TensorSlab allocateSlab(int count, Shape shape) {
    long lane = Math.max(1, slabAlignment / dtype.bytes());
    long stride = Math.multiplyExact(Math.ceilDiv(shape.elements(), lane), lane);
    Storage storage = storage(dtype, Math.multiplyExact(stride, (long) count));
    return new TensorSlab(storage, 0, count, stride, shape);
  }

  @Override
  public Tensor allocateScalars(int count) {
    return new Tensor(storage(DType.FLOAT64, count), 0, new Shape(1, count));
  }

  private Storage storage(DType type, long elements) {
    long bytes = Math.multiplyExact(elements, (long) type.bytes());
    allocated = Math.addExact(allocated, bytes);
    change.accept(bytes);
    return new Absent(type, elements);
  }

  @Override
  public long allocatedBytes() {
    return allocated;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      change.accept(-allocated);
    }
  }
}
