package lemniscate.backend.reference;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;

/** Owner of heap storages. */
final class ReferenceArena implements Arena {

  private final DType dtype;
  private final List<HeapStorage> storages = new ArrayList<>();
  private long allocatedBytes;
  private boolean closed;

  ReferenceArena(DType dtype) {
    this.dtype = dtype;
  }

  @Override
  public Tensor allocate(Shape shape) {
    return new Tensor(storage(dtype, shape.elements()), 0, shape);
  }

  @Override
  public TensorSlab allocateSlab(int count, Shape shape) {
    if (count < 1) {
      throw new IllegalArgumentException("slab of " + count + " members, expected at least 1");
    }
    HeapStorage storage = storage(dtype, Math.multiplyExact(count, shape.elements()));
    return new TensorSlab(storage, 0, count, shape.elements(), shape);
  }

  @Override
  public Tensor allocateScalars(int count) {
    Shape row = new Shape(1, count);
    return new Tensor(storage(DType.FLOAT64, row.elements()), 0, row);
  }

  @Override
  public long allocatedBytes() {
    return allocatedBytes;
  }

  @Override
  public void close() {
    closed = true;
    storages.forEach(HeapStorage::close);
    storages.clear();
  }

  private HeapStorage storage(DType type, long elements) {
    if (closed) {
      throw new IllegalStateException("the arena is closed");
    }
    if (elements > Integer.MAX_VALUE) {
      throw new OutOfMemoryError(
          "the reference backend holds at most "
              + Integer.MAX_VALUE
              + " elements in one piece, asked for "
              + elements);
    }
    HeapStorage storage;
    try {
      storage = new HeapStorage(type, (int) elements);
    } catch (OutOfMemoryError e) {
      OutOfMemoryError named =
          new OutOfMemoryError(
              "no heap for "
                  + elements
                  + " elements of the reference backend ("
                  + elements * Double.BYTES
                  + " bytes)");
      named.initCause(e);
      throw named;
    }
    storages.add(storage);
    allocatedBytes += elements * type.bytes();
    return storage;
  }
}
