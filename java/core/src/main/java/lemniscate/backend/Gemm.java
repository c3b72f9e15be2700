package lemniscate.backend;

import static lemniscate.backend.Operand.reads;
import static lemniscate.backend.Operand.updates;
import static lemniscate.backend.Operand.writes;

import java.util.List;
import lemniscate.tensor.Tensor;

/**
 * The product C = alpha · op(A) · op(B) + beta · C of row-major matrices. A parameterisation's
 * weight multiplier rides in {@code alpha}: it costs no pass of its own. With {@code beta} 0, C is
 * written without being read.
 *
 * @param alpha factor of the product
 * @param a left operand, not modified
 * @param transposeA whether op(A) is the transpose of A
 * @param b right operand, not modified
 * @param transposeB whether op(B) is the transpose of B
 * @param beta factor of the former content of C
 * @param c result; overlaps neither A nor B
 */
public record Gemm(
    double alpha, Tensor a, boolean transposeA, Tensor b, boolean transposeB, double beta, Tensor c)
    implements Operation {

  /** Checks shapes, element types and aliasing. */
  public Gemm {
    int innerA = transposeA ? a.rows() : a.columns();
    int innerB = transposeB ? b.columns() : b.rows();
    int m = transposeA ? a.columns() : a.rows();
    int n = transposeB ? b.rows() : b.columns();
    if (innerA != innerB || c.rows() != m || c.columns() != n) {
      throw new IllegalArgumentException(
          "gemm: A "
              + a.shape()
              + (transposeA ? " transposed" : "")
              + " times B "
              + b.shape()
              + (transposeB ? " transposed" : "")
              + " does not give C "
              + c.shape());
    }
    if (a.dtype() != b.dtype() || a.dtype() != c.dtype()) {
      throw new IllegalArgumentException(
          "gemm: element types differ: A " + a.dtype() + ", B " + b.dtype() + ", C " + c.dtype());
    }
    if (c.overlaps(a) || c.overlaps(b)) {
      throw new IllegalArgumentException("gemm: C overlaps an operand");
    }
  }

  /** C = alpha · A · Bᵀ: a batch of rows through a weight of shape (fan-out, fan-in). */
  public static Gemm forward(double alpha, Tensor input, Tensor weight, Tensor output) {
    return new Gemm(alpha, input, false, weight, true, 0, output);
  }

  /** C = alpha · A · B: errors at a layer's output carried back to its input. */
  public static Gemm backward(double alpha, Tensor error, Tensor weight, Tensor output) {
    return new Gemm(alpha, error, false, weight, false, 0, output);
  }

  /** C = alpha · Aᵀ · B: the weight gradient from output-side and input-side rows. */
  public static Gemm outer(double alpha, Tensor error, Tensor input, Tensor gradient) {
    return new Gemm(alpha, error, true, input, false, 0, gradient);
  }

  @Override
  public List<Operand> operands() {
    return List.of(reads("A", a), reads("B", b), beta == 0 ? writes("C", c) : updates("C", c));
  }

  /** Number of rows of C. */
  public int m() {
    return c.rows();
  }

  /** Number of columns of C. */
  public int n() {
    return c.columns();
  }

  /** Length of the sums. */
  public int k() {
    return transposeA ? a.rows() : a.columns();
  }

  /** Floating-point operations: two per multiply-add. */
  public double flops() {
    return 2.0 * m() * n() * k();
  }
}
