package lemniscate.backend.cpu;

import java.util.Optional;
import lemniscate.tensor.DType;

/**
 * A single-threaded product C = alpha op(A) op(B) + beta C on raw row-major memory, with leading
 * dimensions, so that parts of one product can be given to several threads.
 */
interface MatrixProduct {

  /** What computes it, for people. */
  String description();

  /** Solves with small symmetric matrices, from the same library where it has them. */
  default CholeskySolver cholesky() {
    return new JavaCholesky();
  }

  /** Products with a right operand that is laid out once, from the same library where it can. */
  default Optional<BlasPacking> packing() {
    return Optional.empty();
  }

  /**
   * Computes one product.
   *
   * @param dtype element type of all operands
   * @param m rows of C
   * @param n columns of C
   * @param k length of the sums
   * @param a address of the first element of A
   * @param lda elements between rows of A as stored
   */
  void multiply(
      DType dtype,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      long a,
      int lda,
      long b,
      int ldb,
      double beta,
      long c,
      int ldc);
}
