package lemniscate.tensor;

/**
 * Tensors of one shape at a constant stride in one piece of memory, such as the weights of all
 * hidden layers. Because the stride is constant, independent products over the members can become
 * one strided-batched product, and an elementwise pass over all of them one launch.
 */
public final class TensorSlab {

  private final Storage storage;
  private final long offset;
  private final int count;
  private final long stride;
  private final Shape shape;

  /**
   * Makes a slab over existing memory.
   *
   * @param storage the memory
   * @param offset first element of the first member
   * @param count number of members, at least 1
   * @param stride distance of two members in elements, at least the size of one
   * @param shape shape of each member
   */
  public TensorSlab(Storage storage, long offset, int count, long stride, Shape shape) {
    if (count < 1 || stride < shape.elements()) {
      throw new IllegalArgumentException(
          "slab of " + count + " members of shape " + shape + " at stride " + stride);
    }
    this.storage = storage;
    this.offset = offset;
    this.count = count;
    this.stride = stride;
    this.shape = shape;
  }

  /** Number of members. */
  public int count() {
    return count;
  }

  /** Distance of two members in elements. */
  public long stride() {
    return stride;
  }

  /** Shape of each member. */
  public Shape shape() {
    return shape;
  }

  /**
   * Member number {@code index}, counted from 0.
   *
   * @throws IndexOutOfBoundsException outside [0, count)
   */
  public Tensor at(int index) {
    if (index < 0 || index >= count) {
      throw new IndexOutOfBoundsException("member " + index + " of a slab of " + count);
    }
    return new Tensor(storage, offset + index * stride, shape);
  }
}
