package lemniscate.backend.cpu;

import java.lang.foreign.MemorySegment;

/**
 * Products with a right operand that has been laid out once and is used many times: op(B) of k rows
 * and n columns, cut into panels of {@link #columns()} columns, padded with zeros, and those into
 * blocks of some rows that stay in the second-level cache. An instance has room for one thread.
 *
 * <p>An element of a result is the same sum in the same order however the product is shared out
 * among threads.
 */
interface Panels {

  /** Columns of a panel. */
  int columns();

  /** Panels that n columns need. */
  default int count(int n) {
    return (n + columns() - 1) / columns();
  }

  /** Elements of all panels of an op(B). */
  default long elements(int k, int n) {
    return (long) k * count(n) * columns();
  }

  /** Whether products with this factor can be made; another is the library's to make. */
  default boolean serves(double alpha) {
    return true;
  }

  /**
   * Lays out some panels.
   *
   * @param transpose whether op(B) is the transpose of B
   * @param k rows of op(B)
   * @param n columns of op(B)
   * @param b the whole of B, row-major, without gaps
   * @param panels room for all panels: k rows of whole panels
   * @param from first panel to write
   * @param to one past the last
   */
  void pack(
      boolean transpose, int k, int n, MemorySegment b, MemorySegment panels, int from, int to);

  /**
   * C = alpha A op(B) + beta C for some rows and panels; C is not read where beta is 0.
   *
   * @param k columns of A, row-major, without gaps
   * @param n columns of C, row-major, without gaps
   * @param rowFrom first row of A and C
   * @param rowTo one past the last
   * @param panelFrom first panel of columns of C
   * @param panelTo one past the last
   */
  void multiply(
      int k,
      int n,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      double beta,
      MemorySegment c,
      int rowFrom,
      int rowTo,
      int panelFrom,
      int panelTo);

  /**
   * C = alpha op(B)ᵀ Aᵀ, the transpose of the product, for some rows of A, which are columns of C.
   *
   * @param k columns of A, row-major, without gaps
   * @param n columns of op(B), rows of C
   * @param m rows of A, columns of C
   * @param from first row of A
   * @param to one past the last
   */
  default void multiplyTransposed(
      int k,
      int n,
      int m,
      double alpha,
      MemorySegment a,
      MemorySegment panels,
      MemorySegment c,
      int from,
      int to) {
    throw new UnsupportedOperationException("these panels do not transpose products");
  }
}
