package lemniscate.backend.cpu;

import lemniscate.tensor.DType;

/**
 * Products by a library with a right operand that it has laid out once, row-major as those of
 * {@link MatrixProduct}, single-threaded.
 */
interface BlasPacking {

  /** Bytes that op(B) of k rows and n columns takes once packed, for m rows of A or so. */
  long bytes(DType dtype, int m, int n, int k);

  /**
   * Lays out alpha op(B).
   *
   * @param transpose whether op(B) is the transpose of B
   * @param b address of the first element
   * @param ldb elements between rows of B as stored
   * @param packed where it goes, aligned to a cache line
   */
  void pack(
      DType dtype,
      boolean transpose,
      int m,
      int n,
      int k,
      double alpha,
      long b,
      int ldb,
      long packed);

  /** C = A times what was packed + beta C; m may be another than in packing. */
  void multiply(
      DType dtype, int m, int n, int k, long a, int lda, long packed, double beta, long c, int ldc);
}
