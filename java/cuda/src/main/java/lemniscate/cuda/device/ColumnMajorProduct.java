package lemniscate.cuda.device;

import lemniscate.backend.Precision;
import lemniscate.cuda.driver.Product;

/**
 * A product as cuBLAS takes it. cuBLAS reads matrices column by column, so that it sees the
 * transpose of each of ours; since C' = op(B)' op(A)', the operands change places and nothing else
 * does.
 *
 * @param transposeFirst operation on the first operand, our B
 * @param transposeSecond operation on the second operand, our A
 * @param rows rows of the result that cuBLAS sees, our columns
 * @param columns columns of the result that cuBLAS sees, our rows
 * @param k length of the sums
 * @param first address of our B
 * @param leadingFirst distance of two rows of our B
 * @param strideFirst distance of two of our B
 * @param second address of our A
 * @param leadingSecond distance of two rows of our A
 * @param strideSecond distance of two of our A
 * @param result address of our C
 * @param leadingResult distance of two rows of our C
 * @param strideResult distance of two of our C
 * @param count number of products
 */
record ColumnMajorProduct(
    int transposeFirst,
    int transposeSecond,
    int rows,
    int columns,
    int k,
    long first,
    int leadingFirst,
    long strideFirst,
    long second,
    int leadingSecond,
    long strideSecond,
    long result,
    int leadingResult,
    long strideResult,
    int count) {

  // Constants of cuBLAS, the same in versions 11 to 13.
  private static final int OP_N = 0;
  private static final int OP_T = 1;
  private static final int R_32F = 0;
  private static final int R_64F = 1;
  private static final int COMPUTE_32F = 68;
  private static final int COMPUTE_64F = 70;
  private static final int COMPUTE_32F_FAST_16BF = 75;
  private static final int COMPUTE_32F_FAST_TF32 = 77;

  /** The library chooses. */
  static final int ALGORITHM = -1;

  static ColumnMajorProduct of(Product p) {
    return new ColumnMajorProduct(
        p.transposeB() ? OP_T : OP_N,
        p.transposeA() ? OP_T : OP_N,
        p.n(),
        p.m(),
        p.k(),
        p.b(),
        p.transposeB() ? p.k() : p.n(),
        p.strideB(),
        p.a(),
        p.transposeA() ? p.m() : p.k(),
        p.strideA(),
        p.c(),
        p.n(),
        p.strideC(),
        p.count());
  }

  /** Type of the elements in memory. */
  static int elementType(Precision precision) {
    return switch (precision) {
      case FP32, TF32, BF16 -> R_32F;
      case FP64 -> R_64F;
    };
  }

  /** Arithmetic: what was asked for, by name. */
  static int computeType(Precision precision) {
    return switch (precision) {
      case FP32 -> COMPUTE_32F;
      case FP64 -> COMPUTE_64F;
      case TF32 -> COMPUTE_32F_FAST_TF32;
      case BF16 -> COMPUTE_32F_FAST_16BF;
    };
  }
}
