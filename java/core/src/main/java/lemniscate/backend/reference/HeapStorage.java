package lemniscate.backend.reference;

import lemniscate.tensor.DType;
import lemniscate.tensor.Storage;

/**
 * Memory of the reference backend: doubles on the Java heap. A float32 storage holds float values,
 * so whatever is stored is rounded once.
 */
final class HeapStorage implements Storage {

  private final DType dtype;
  private final double[] values;
  private boolean closed;

  HeapStorage(DType dtype, int elements) {
    this.dtype = dtype;
    this.values = new double[elements];
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public long elements() {
    return values.length;
  }

  double get(int index) {
    return values[index];
  }

  void set(int index, double value) {
    values[index] = dtype == DType.FLOAT32 ? (float) value : value;
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the arena of this tensor is closed");
    }
  }

  void close() {
    closed = true;
  }
}
