package lemniscate.tensor;

/**
 * Owner of a backend's memory and the only place that allocates it. Closing an arena frees
 * everything that came from it; tensors must not be used after that. Fresh memory is filled with
 * zeros.
 */
public interface Arena extends AutoCloseable {

  /**
   * A new matrix in the backend's element type.
   *
   * @throws OutOfMemoryError when the memory is not to be had; the message says how much was asked
   *     for
   */
  Tensor allocate(Shape shape);

  /** A new slab of {@code count} matrices of one shape, in the backend's element type. */
  TensorSlab allocateSlab(int count, Shape shape);

  /**
   * A row of float64 scalars, whatever the backend's element type: step sizes and counters that
   * change between runs of a recorded plan, and sums of losses and energies.
   */
  Tensor allocateScalars(int count);

  /** Bytes handed out so far. */
  long allocatedBytes();

  @Override
  void close();
}
