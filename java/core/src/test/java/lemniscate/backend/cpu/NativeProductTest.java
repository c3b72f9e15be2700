package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import lemniscate.backend.Gemm;
import lemniscate.backend.RepeatedProducts;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Products in C as the backend uses them. Their values, bit for bit, are held by {@code
 * native/cpu/test/products_test.c}.
 */
final class NativeProductTest {

  private static final int ROWS = 37;
  private static final int COLUMNS = 53;

  @BeforeAll
  static void needsNativeCode() {
    assumeTrue(!NativeCode.available().isEmpty(), NativeCode.absence());
  }

  static List<String> available() {
    return NativeCode.available();
  }

  private static MatrixProduct library() {
    return CblasProduct.bundled().orElseThrow();
  }

  // Mean square error of a forward product of normal draws in float32, whose sums have
  // k terms, against sums in float64.
  private static double meanSquareError(MatrixProduct engine, int k) {
    try (CpuBackend backend =
            new CpuBackend(
                DType.FLOAT32,
                1,
                engine,
                CpuKernels.best(),
                PackedWeightsTest.NEVER,
                RepeatedProducts.BLAS);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(ROWS, k));
      Tensor w = arena.allocate(new Shape(COLUMNS, k));
      Tensor y = arena.allocate(new Shape(ROWS, COLUMNS));
      backend.run(
          ops -> {
            ops.randomNormal(7, 1, 1, x);
            ops.randomNormal(7, 2, 1, w);
            ops.gemm(Gemm.forward(1, x, w, y));
          });
      double[] xs = backend.read(x);
      double[] ws = backend.read(w);
      double[] ys = backend.read(y);
      double squares = 0;
      for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < COLUMNS; j++) {
          double exact = 0;
          for (int p = 0; p < k; p++) {
            exact += xs[i * k + p] * ws[j * k + p];
          }
          double error = ys[i * COLUMNS + j] - exact;
          squares += error * error;
        }
      }
      return squares / ys.length;
    }
  }

  /**
   * A sum of 2,048 terms in one chain has 2.8 times the error of OpenBLAS's; in blocks it may have
   * 1.5 times as much at most.
   */
  @ParameterizedTest
  @MethodSource("available")
  void longSumsAreRoundedNoWorseThanALibrarys(String set) {
    MatrixProduct own = new NativeProduct(NativeCode.of(set), JavaCholesky::new);
    double error = Math.sqrt(meanSquareError(own, 2048));
    double librarys = Math.sqrt(meanSquareError(library(), 2048));
    assertThat(error).isPositive().isLessThan(1.5 * librarys);
  }

  /** Only what a factorisation asks for loads the library. */
  @Test
  void nothingOfTheLibraryIsAskedForBeforeItIsNeeded() {
    NativeProduct product =
        new NativeProduct(
            NativeCode.of(NativeCode.available().getFirst()),
            () -> {
              throw new AssertionError("asked for");
            });
    assertThat(meanSquareError(product, 5)).isLessThan(1e-10);
  }
}
