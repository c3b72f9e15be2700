package lemniscate.nd4j;

import java.util.ArrayList;
import java.util.List;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import lemniscate.tensor.TensorSlab;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.factory.Nd4j;

/** Owner of ND4J buffers. */
final class Nd4jArena implements Arena {

  private final DType dtype;
  private final List<DataBuffer> buffers = new ArrayList<>();
  private long allocatedBytes;
  private boolean closed;

  Nd4jArena(DType dtype) {
    this.dtype = dtype;
  }

  @Override
  public Tensor allocate(Shape shape) {
    return new Tensor(storage(dtype, shape.elements()), 0, shape);
  }

  @Override
  public TensorSlab allocateSlab(int count, Shape shape) {
    long stride = shape.elements();
    Nd4jStorage storage = storage(dtype, Math.multiplyExact(stride, (long) count));
    return new TensorSlab(storage, 0, count, stride, shape);
  }

  @Override
  public Tensor allocateScalars(int count) {
    return new Tensor(storage(DType.FLOAT64, count), 0, new Shape(1, count));
  }

  private Nd4jStorage storage(DType type, long elements) {
    requireOpen();
    DataBuffer buffer = Nd4j.createBuffer(Nd4jStorage.typeOf(type), elements, true);
    buffers.add(buffer);
    allocatedBytes += elements * type.bytes();
    return new Nd4jStorage(type, elements, buffer, this);
  }

  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the arena of this tensor has been closed");
    }
  }

  @Override
  public long allocatedBytes() {
    return allocatedBytes;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      buffers.forEach(DataBuffer::close);
      buffers.clear();
    }
  }
}
