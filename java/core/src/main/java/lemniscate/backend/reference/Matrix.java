package lemniscate.backend.reference;

import lemniscate.tensor.Tensor;

/** Elements of a tensor of the reference backend, by position or by row and column. */
final class Matrix {

  private final HeapStorage storage;
  private final int offset;
  private final int rows;
  private final int columns;

  private Matrix(Tensor tensor) {
    this.storage = (HeapStorage) tensor.storage();
    this.offset = Math.toIntExact(tensor.offset());
    this.rows = tensor.rows();
    this.columns = tensor.columns();
  }

  /**
   * Opens a tensor for access, when an operation runs.
   *
   * @throws IllegalStateException if its arena is closed
   */
  static Matrix of(Tensor tensor) {
    Matrix matrix = new Matrix(tensor);
    matrix.storage.requireOpen();
    return matrix;
  }

  /** The value of a scalar tensor. */
  static double scalar(Tensor tensor) {
    return of(tensor).get(0);
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  int elements() {
    return rows * columns;
  }

  double get(int index) {
    return storage.get(offset + index);
  }

  double get(int row, int column) {
    return get(row * columns + column);
  }

  void set(int index, double value) {
    storage.set(offset + index, value);
  }

  void set(int row, int column, double value) {
    set(row * columns + column, value);
  }
}
