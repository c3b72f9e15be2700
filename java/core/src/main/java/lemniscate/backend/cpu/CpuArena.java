package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/** Native memory from the C library, zeroed and aligned to cache lines. */
final class CpuArena implements Arena {

  /** A cache line, and the widest vector register. */
  static final int ALIGNMENT = 64;

  private final DType dtype;
  private final List<MemorySegment> blocks = new ArrayList<>();
  private long allocated;
  private volatile boolean closed;

  CpuArena(DType dtype) {
    this.dtype = dtype;
  }

  @Override
  public Tensor allocate(Shape shape) {
    return new Tensor(storage(dtype, shape.elements()), 0, shape);
  }

  @Override
  public TensorSlab allocateSlab(int count, Shape shape) {
    long lane = ALIGNMENT / dtype.bytes();
    long stride = (shape.elements() + lane - 1) / lane * lane;
    return new TensorSlab(storage(dtype, stride * count), 0, count, stride, shape);
  }

  @Override
  public Tensor allocateScalars(int count) {
    return new Tensor(storage(DType.FLOAT64, count), 0, new Shape(1, count));
  }

  private synchronized OffHeapStorage storage(DType type, long elements) {
    requireOpen();
    long bytes = Math.multiplyExact(elements, type.bytes());
    MemorySegment block = CLibrary.zeroed(bytes + ALIGNMENT);
    blocks.add(block);
    allocated += bytes;
    long padding = -block.address() & (ALIGNMENT - 1);
    return new OffHeapStorage(type, elements, block.asSlice(padding, bytes), this);
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the arena of this tensor has been closed");
    }
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public long allocatedBytes() {
    return allocated;
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      blocks.forEach(CLibrary::free);
      blocks.clear();
    }
  }
}
