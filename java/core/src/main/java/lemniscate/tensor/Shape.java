package lemniscate.tensor;

/**
 * Shape of a row-major matrix. A batch of vectors is (batch, width), a weight is (fan-out, fan-in),
 * a bias is (1, fan-out), a scalar is (1, 1).
 *
 * @param rows number of rows, at least 1
 * @param columns number of columns, at least 1
 */
public record Shape(int rows, int columns) {

  /** The shape of a single number. */
  public static final Shape SCALAR = new Shape(1, 1);

  /** Checks that both extents are positive. */
  public Shape {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException(
          "shape (" + rows + ", " + columns + "): both extents must be at least 1");
    }
  }

  /** Number of elements; may exceed the range of an int. */
  public long elements() {
    return (long) rows * columns;
  }

  @Override
  public String toString() {
    return "(" + rows + ", " + columns + ")";
  }
}
