package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.stream.IntStream;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.contract.BackendContract;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * OpenBLAS with scalar loops, as without native code: weights that would be packed stay with the
 * library. The build runs its last test once more with native code turned off.
 */
@Tag("variant")
class ScalarLoopsTest {

  /** Whatever can be packed would be. */
  private static CpuBackend open(DType dtype, PackedWeights.Rule rule) {
    MatrixProduct library = CblasProduct.bundled().orElseThrow();
    return new CpuBackend(
        dtype, 2, library, CpuKernels.scalar("scalar loops"), rule, RepeatedProducts.AUTO);
  }

  @Nested
  final class Contract implements BackendContract {
    @Override
    public Backend open(DType dtype) {
      return ScalarLoopsTest.open(dtype, PackedWeightsTest.ALWAYS);
    }
  }

  @Nested
  final class Golden extends GoldenRules {
    @Override
    public Backend open(DType dtype) {
      return ScalarLoopsTest.open(dtype, PackedWeightsTest.ALWAYS);
    }
  }

  @Test
  void theLibraryMultipliesWhatWouldBePacked() {
    for (DType dtype : DType.values()) {
      assertThat(relaxed(dtype, PackedWeightsTest.ALWAYS))
          .doesNotContain(Double.NaN)
          .isEqualTo(relaxed(dtype, PackedWeightsTest.NEVER));
    }
  }

  // The same weight in both directions, again and again.
  private static double[] relaxed(DType dtype, PackedWeights.Rule rule) {
    try (Backend backend = open(dtype, rule);
        Arena arena = backend.newArena()) {
      Tensor x = arena.allocate(new Shape(64, 71));
      Tensor weight = arena.allocate(new Shape(67, 71));
      Tensor y = arena.allocate(new Shape(64, 67));
      backend.upload(numbers(64 * 71), x);
      backend.upload(numbers(67 * 71), weight);
      backend.run(
          ops -> {
            for (int t = 0; t < 4; t++) {
              ops.gemm(Gemm.forward(0.1, x, weight, y));
              ops.gemm(Gemm.backward(0.1, y, weight, x));
            }
          });
      return backend.read(x);
    }
  }

  private static double[] numbers(int count) {
    return IntStream.range(0, count).mapToDouble(i -> Math.sin(1.7 * i)).toArray();
  }

  @Test
  void withoutNativeCodeTheBackendTakesPlainJavaLoops() {
    assumeTrue(NativeCode.chosen().isEmpty(), "there is native code; a run of its own has none");
    assertThat(CpuKernels.best().float32()).isInstanceOf(ScalarKernels.class);
    try (Backend backend = Backends.open("cpu", new BackendOptions(Precision.FP32, 1, null))) {
      assertThat(backend.description()).contains("OpenBLAS").contains("plain Java loops");
    }
  }
}
