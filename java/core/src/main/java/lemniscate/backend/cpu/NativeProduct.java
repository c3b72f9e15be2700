package lemniscate.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import lemniscate.tensor.DType;

/**
 * Products by our own loops in C. An element of a result is the same sum in the same order however
 * a product is cut, and whatever the instruction set.
 */
final class NativeProduct implements MatrixProduct {

  private final String instructionSet;
  private final NativeProducts float32;
  private final NativeProducts float64;
  private final Supplier<CholeskySolver> cholesky;
  private final ThreadLocal<MemorySegment> scratch;

  /**
   * Loads nothing but what it needs.
   *
   * @param cholesky solves with small matrices, asked for when there are some
   */
  NativeProduct(NativeCode code, Supplier<CholeskySolver> cholesky) {
    this.instructionSet = code.instructionSet();
    this.float32 = new NativeProducts(code, DType.FLOAT32);
    this.float64 = new NativeProducts(code, DType.FLOAT64);
    this.cholesky = cholesky;
    long bytes = Math.max(float32.scratchBytes(), float64.scratchBytes());
    this.scratch =
        ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(bytes, CpuArena.ALIGNMENT));
  }

  @Override
  public String description() {
    return instructionSet + " products";
  }

  @Override
  public CholeskySolver cholesky() {
    return cholesky.get();
  }

  @Override
  public void multiply(
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
      int ldc) {
    NativeProducts products = dtype == DType.FLOAT32 ? float32 : float64;
    long own = scratch.get().address();
    products.multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, own);
  }
}
