package lemniscate.nd4j;

import lemniscate.tensor.DType;
import lemniscate.tensor.Storage;
import lemniscate.tensor.Tensor;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A buffer of ND4J.
 *
 * @param buffer where the elements lie
 * @param owner the arena that frees it
 */
record Nd4jStorage(DType dtype, long elements, DataBuffer buffer, Nd4jArena owner)
    implements Storage {

  // The distance of neighbours. Without it ND4J takes a view for scattered and computes it element
  // by element.
  private static final long CONTIGUOUS = 1;

  static DataType typeOf(DType dtype) {
    return switch (dtype) {
      case FLOAT32 -> DataType.FLOAT;
      case FLOAT64 -> DataType.DOUBLE;
    };
  }

  /** Storage of a tensor, which must be one of ours and still there. */
  static Nd4jStorage of(Tensor tensor) {
    if (!(tensor.storage() instanceof Nd4jStorage storage)) {
      throw new IllegalArgumentException(
          "a tensor of another backend was given to the nd4j backend");
    }
    storage.owner.requireOpen();
    return storage;
  }

  /** A tensor as an array over the same memory. */
  INDArray view(Tensor tensor) {
    long[] shape = {tensor.rows(), tensor.columns()};
    long[] strides = {tensor.columns(), 1};
    return Nd4j.create(buffer, shape, strides, tensor.offset(), CONTIGUOUS, 'c');
  }

  /** The transpose of a tensor over the same memory, in column-major order, as BLAS wants it. */
  INDArray transposed(Tensor tensor) {
    long[] shape = {tensor.columns(), tensor.rows()};
    long[] strides = {1, tensor.columns()};
    return Nd4j.create(buffer, shape, strides, tensor.offset(), CONTIGUOUS, 'f');
  }

  /** The first columns of a tensor over the same memory. */
  INDArray columns(Tensor tensor, int count) {
    long[] shape = {tensor.rows(), count};
    long[] strides = {tensor.columns(), 1};
    return Nd4j.create(buffer, shape, strides, tensor.offset(), 'c');
  }

  /** The diagonal of a square tensor over the same memory, as a row. */
  INDArray diagonal(Tensor tensor) {
    long[] shape = {1, tensor.rows()};
    long[] strides = {tensor.elements(), tensor.columns() + 1L};
    return Nd4j.create(buffer, shape, strides, tensor.offset(), 'c');
  }
}
