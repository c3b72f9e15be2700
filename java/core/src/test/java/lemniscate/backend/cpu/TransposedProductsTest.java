package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.Gemm;
import lemniscate.backend.RepeatedProducts;
import lemniscate.contract.BackendContract;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract with every product that can be transposed, and which ones are. */
final class TransposedProductsTest implements BackendContract {

  static final TransposedProducts.Rule ALWAYS =
      new TransposedProducts.Rule(1, Integer.MAX_VALUE, 1, 1, 0);

  @BeforeEach
  void needsNativeCode() {
    assumeTrue(CpuKernels.best().code().isPresent(), NativeCode.absence());
  }

  @Override
  public Backend open(DType dtype) {
    return open(dtype, 2);
  }

  private static CpuBackend open(DType dtype, int threads) {
    return new CpuBackend(
        dtype,
        threads,
        CblasProduct.bundled().orElseThrow(),
        CpuKernels.best(),
        PackedWeightsTest.NEVER,
        ALWAYS,
        RepeatedProducts.PANELS);
  }

  @Test
  void theNumberOfThreadsChangesNoBit() {
    double[] one = product(1);
    assertThat(product(2)).isEqualTo(one);
    assertThat(product(3)).isEqualTo(one);
  }

  // More rows of the weight than a strip has, in every part.
  private static double[] product(int threads) {
    try (CpuBackend backend = open(DType.FLOAT32, threads);
        Arena arena = backend.newArena()) {
      Tensor batch = arena.allocate(new Shape(37, 523));
      Tensor weight = arena.allocate(new Shape(311, 523));
      Tensor result = arena.allocate(new Shape(37, 311));
      backend.run(
          ops -> {
            ops.randomNormal(1, 1, 1, batch);
            ops.randomNormal(1, 2, 1, weight);
            ops.gemm(Gemm.forward(0.5, batch, weight, result));
          });
      return backend.read(result);
    }
  }

  @Test
  void batchesAreTransposedThatFillPanelsAndMeetLargeWeights() {
    TransposedProducts.Rule rule = TransposedProducts.Rule.MEASURED;
    int columns = 32;
    assertThat(rule.admits(forward(64, 784, 512), () -> columns)).isTrue();
    assertThat(rule.admits(forward(128, 512, 256), () -> columns)).isTrue();
    assertThat(rule.admits(forward(60, 512, 256), () -> columns)).isTrue();
    Stream.of(
            forward(7, 784, 512),
            forward(257, 784, 512),
            forward(64, 255, 512),
            forward(64, 784, 255),
            forward(40, 784, 512))
        .forEach(gemm -> assertThat(rule.admits(gemm, () -> columns)).as("%s", gemm).isFalse());
  }

  @Test
  void onlyForwardProductsThatOverwriteAreTransposed() {
    try (Backend backend = open(DType.FLOAT32);
        Arena arena = backend.newArena()) {
      Tensor batch = arena.allocate(new Shape(3, 5));
      Tensor weight = arena.allocate(new Shape(7, 5));
      Tensor result = arena.allocate(new Shape(3, 7));
      assertThat(ALWAYS.admits(Gemm.forward(1, batch, weight, result), () -> 32)).isTrue();
      List<Gemm> others =
          List.of(
              new Gemm(1, batch, false, weight, true, 1, result),
              Gemm.backward(1, result, weight, batch),
              Gemm.outer(1, result, batch, weight));
      others.forEach(gemm -> assertThat(ALWAYS.admits(gemm, () -> 32)).isFalse());
    }
  }

  private static Gemm forward(int batch, int fanIn, int fanOut) {
    try (Backend backend = open(DType.FLOAT32, 1);
        Arena arena = backend.newArena()) {
      return Gemm.forward(
          1,
          arena.allocate(new Shape(batch, fanIn)),
          arena.allocate(new Shape(fanOut, fanIn)),
          arena.allocate(new Shape(batch, fanOut)));
    }
  }
}
