package lemniscate.tensor;

/**
 * Opaque handle of a dense row-major matrix in a backend's memory. It does no arithmetic; {@code
 * lemniscate.backend.Operations} does.
 *
 * <p>A tensor is a view: its lifetime is that of the {@link Arena} that allocated its storage, and
 * two tensors may overlap.
 */
public final class Tensor {

  private final Storage storage;
  private final long offset;
  private final Shape shape;

  /**
   * Makes a view.
   *
   * @param storage the memory
   * @param offset first element within the storage
   * @param shape extents; the view is contiguous
   */
  public Tensor(Storage storage, long offset, Shape shape) {
    if (offset < 0 || offset + shape.elements() > storage.elements()) {
      throw new IllegalArgumentException(
          "view of "
              + shape
              + " at offset "
              + offset
              + " exceeds a storage of "
              + storage.elements()
              + " elements");
    }
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
  }

  /** The memory behind this view. */
  public Storage storage() {
    return storage;
  }

  /** Position of the first element in the storage, in elements. */
  public long offset() {
    return offset;
  }

  /** Extents. */
  public Shape shape() {
    return shape;
  }

  /** Element type. */
  public DType dtype() {
    return storage.dtype();
  }

  /** Number of rows. */
  public int rows() {
    return shape.rows();
  }

  /** Number of columns. */
  public int columns() {
    return shape.columns();
  }

  /** Number of elements. */
  public long elements() {
    return shape.elements();
  }

  /**
   * A view of consecutive rows.
   *
   * @param first first row
   * @param count number of rows
   */
  public Tensor rows(int first, int count) {
    if (first < 0 || count < 1 || first + count > rows()) {
      throw new IllegalArgumentException(
          "rows " + first + " to " + (first + count - 1) + " of a tensor of shape " + shape);
    }
    return new Tensor(storage, offset + (long) first * columns(), new Shape(count, columns()));
  }

  /**
   * The same elements in another shape: a batch of images as a matrix of a pixel a row, say.
   *
   * @param rows number of rows
   * @param columns number of columns; as many elements as before
   */
  public Tensor reshaped(int rows, int columns) {
    if ((long) rows * columns != elements()) {
      throw new IllegalArgumentException(
          "a tensor of shape " + shape + " as one of " + new Shape(rows, columns));
    }
    return new Tensor(storage, offset, new Shape(rows, columns));
  }

  /**
   * A view of one element as a scalar tensor.
   *
   * @param index position in row-major order
   */
  public Tensor element(long index) {
    if (index < 0 || index >= elements()) {
      throw new IllegalArgumentException("element " + index + " of a tensor of shape " + shape);
    }
    return new Tensor(storage, offset + index, Shape.SCALAR);
  }

  /** Whether the two views share at least one element. */
  public boolean overlaps(Tensor other) {
    return storage == other.storage
        && offset < other.offset + other.elements()
        && other.offset < offset + elements();
  }

  /** Whether the two views are the same elements in the same shape. */
  public boolean isSameView(Tensor other) {
    return storage == other.storage && offset == other.offset && shape.equals(other.shape);
  }

  @Override
  public String toString() {
    return dtype() + shape.toString();
  }
}
