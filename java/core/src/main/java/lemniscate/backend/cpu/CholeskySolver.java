package lemniscate.backend.cpu;

import lemniscate.tensor.DType;

/**
 * Single-threaded Cholesky factorisation and solves on raw row-major memory, which may be called
 * from several threads at once.
 */
interface CholeskySolver {

  /**
   * Replaces the lower triangle of a symmetric matrix by its factor L; the rest is left alone.
   *
   * @param a address of the first element
   * @param n rows and columns
   * @return whether the matrix is positive definite; if not, the triangle is undefined
   */
  boolean factor(DType dtype, int n, long a);

  /**
   * Replaces each row x by x (L Lᵀ)⁻¹.
   *
   * @param factor address of L
   * @param rows address of the first row
   * @param count number of rows
   */
  void solve(DType dtype, int n, long factor, long rows, int count);
}
