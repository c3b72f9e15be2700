package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lemniscate.backend.Backend;
import lemniscate.backend.BackendOptions;
import lemniscate.backend.Backends;
import lemniscate.backend.Gemm;
import lemniscate.backend.Operation;
import lemniscate.backend.Operations;
import lemniscate.backend.Precision;
import lemniscate.backend.RepeatedProducts;
import lemniscate.contract.BackendContract;
import lemniscate.rule.GoldenRules;
import lemniscate.tensor.Arena;
import lemniscate.tensor.DType;
import lemniscate.tensor.Shape;
import lemniscate.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights that are packed once for many products: which, when, and with what results. */
class PackedWeightsTest {

  /** Whatever can be packed is. */
  static final PackedWeights.Rule ALWAYS = new PackedWeights.Rule(1, 1, 0, Long.MAX_VALUE);

  private static final PackedWeights.Rule THREE_USES =
      new PackedWeights.Rule(3, 1, 0, Long.MAX_VALUE);

  static final PackedWeights.Rule NEVER =
      new PackedWeights.Rule(Integer.MAX_VALUE, 1, 0, Long.MAX_VALUE);

  private static CpuBackend open(DType dtype, int threads, PackedWeights.Rule rule) {
    return new CpuBackend(
        dtype,
        threads,
        CblasProduct.bundled().orElseThrow(),
        CpuKernels.best(),
        rule,
        RepeatedProducts.PANELS);
  }

  @BeforeEach
  void needsNativeCode() {
    assumeTrue(CpuKernels.best().code().isPresent(), NativeCode.absence());
  }

  /** Every product that has a right operand to itself goes through panels. */
  @Nested
  final class Contract implements BackendContract {
    @Override
    public Backend open(DType dtype) {
      return PackedWeightsTest.open(dtype, 2, ALWAYS);
    }
  }

  @Nested
  final class Golden extends GoldenRules {
    @Override
    public Backend open(DType dtype) {
      return PackedWeightsTest.open(dtype, 2, ALWAYS);
    }
  }

  // ---------------------------------------------------------------- results

  static Stream<Arguments> shapes() {
    return Stream.of(
        // One element, less than a tile, more than a tile in each direction.
        Arguments.of(1, 1, 1),
        Arguments.of(3, 5, 7),
        Arguments.of(67, 33, 37),
        // More than one block along k, and whole tiles.
        Arguments.of(16, 64, 1024),
        Arguments.of(13, 65, 1025),
        // More rows than are taken at once.
        Arguments.of(301, 40, 19),
        Arguments.of(145, 31, 513));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void productsAreThoseOfTheReference(int m, int n, int k) {
    for (Precision precision : List.of(Precision.FP32, Precision.FP64)) {
      // Rounding of sums of k terms of order one, at most k half ulp.
      double tolerance = k * (precision == Precision.FP32 ? 6e-8 : 1.2e-16) * Math.sqrt(k);
      for (boolean transpose : new boolean[] {false, true}) {
        for (double beta : new double[] {0, 1, -0.5}) {
          double[] expected;
          try (Backend reference =
              Backends.open("reference", new BackendOptions(Precision.FP64, 1, null))) {
            expected = product(reference, m, n, k, transpose, beta);
          }
          for (int threads = 1; threads <= 3; threads++) {
            try (Backend backend = open(precision.dtype(), threads, ALWAYS)) {
              double[] found = product(backend, m, n, k, transpose, beta);
              for (int i = 0; i < expected.length; i++) {
                assertThat(found[i])
                    .as("%s beta %s transposed %s, element %d", precision, beta, transpose, i)
                    .isCloseTo(expected[i], within(tolerance));
              }
            }
          }
        }
      }
    }
  }

  static double[] product(Backend backend, int m, int n, int k, boolean transpose, double beta) {
    try (Arena arena = backend.newArena()) {
      Tensor a = arena.allocate(new Shape(m, k));
      Tensor b = arena.allocate(transpose ? new Shape(n, k) : new Shape(k, n));
      Tensor c = arena.allocate(new Shape(m, n));
      // The same numbers on all backends: their own are equal only nearly.
      backend.upload(numbers(m * k, 1), a);
      backend.upload(numbers(n * k, 2), b);
      double[] former = beta == 0 ? new double[m * n] : numbers(m * n, 3);
      if (beta == 0) {
        Arrays.fill(former, Double.NaN);
      }
      backend.upload(former, c);
      backend.run(ops -> ops.gemm(new Gemm(0.75, a, false, b, transpose, beta, c)));
      return backend.read(c);
    }
  }

  static double[] numbers(int count, int seed) {
    return IntStream.range(0, count).mapToDouble(i -> Math.sin(1.7 * i + seed)).toArray();
  }

  /** Unlike a library's, panels give every element the same sum on any number of threads. */
  @Test
  void theNumberOfThreadsChangesNoBit() {
    double[] one = relaxed(1, ALWAYS);
    assertThat(relaxed(2, ALWAYS)).isEqualTo(one);
    assertThat(relaxed(3, ALWAYS)).isEqualTo(one);
    double[] library = relaxed(1, NEVER);
    assertThat(one).isNotEqualTo(library);
    for (int i = 0; i < one.length; i++) {
      // Twelve products of 70 terms of order one, in float32.
      assertThat(one[i]).isCloseTo(library[i], within(1e-5));
    }
  }

  private static double[] relaxed(int threads, PackedWeights.Rule rule) {
    try (Backend backend = open(DType.FLOAT32, threads, rule)) {
      return relaxed(backend);
    }
  }

  /** Of a batch that up to six threads share out by rows. */
  static double[] relaxed(Backend backend) {
    int batch = 203;
    int width = 70;
    try (Arena arena = backend.newArena()) {
      Tensor state = arena.allocate(new Shape(batch, width));
      Tensor weight = arena.allocate(new Shape(41, width));
      Tensor output = arena.allocate(new Shape(batch, 41));
      Tensor target = arena.allocate(new Shape(batch, 41));
      Tensor back = arena.allocate(new Shape(batch, width));
      backend.upload(numbers(batch * width, 1), state);
      backend.upload(numbers(41 * width, 2), weight);
      backend.upload(numbers(batch * 41, 3), target);
      backend.run(
          ops -> {
            for (int t = 0; t < 6; t++) {
              ops.gemm(Gemm.forward(0.1, state, weight, output));
              ops.axpy(-1, target, output);
              ops.gemm(Gemm.backward(0.1, output, weight, back));
              ops.axpy(-0.1, back, state);
            }
          });
      return backend.read(state);
    }
  }

  // ---------------------------------------------------------------- which and when

  private final CpuArena arena = new CpuArena(DType.FLOAT64);
  private final Tensor x = arena.allocate(new Shape(9, 37));
  private final Tensor y = arena.allocate(new Shape(9, 7));
  private final Tensor weight = arena.allocate(new Shape(7, 37));
  private final Tensor gradient = arena.allocate(new Shape(7, 37));

  @AfterEach
  void close() {
    arena.close();
  }

  /** The operations by name; packed weights are {@code PackedWeight}. */
  private List<String> linked(PackedWeights.Rule rule, Consumer<Operations> step) {
    List<Operation> recording = new ArrayList<>();
    step.accept(recording::add);
    NativeCode code = CpuKernels.best().code().orElseThrow();
    Panels[] byPart = {new NativePanels(new NativeProducts(code, DType.FLOAT64), DType.FLOAT64)};
    return PackedWeights.link(
            rule,
            CpuOperations.lower(
                OperationGroup.of(recording, operation -> false),
                new JavaProduct("plain Java"),
                CpuKernels.best()::of,
                null),
            gemm -> new PackedWeight(gemm, byPart, arena))
        .stream()
        .map(operation -> operation.getClass().getSimpleName())
        .toList();
  }

  private void relax(Operations ops, int steps) {
    for (int t = 0; t < steps; t++) {
      ops.gemm(Gemm.forward(1, x, weight, y));
      ops.gemm(Gemm.backward(1, y, weight, x));
    }
  }

  @Test
  void aWeightIsPackedOnceForEachDirectionBeforeItsFirstProduct() {
    assertThat(linked(THREE_USES, ops -> relax(ops, 3)))
        .containsExactly(
            "PackedWeight",
            "Products",
            "PackedWeight",
            "Products",
            "Products",
            "Products",
            "Products",
            "Products");
  }

  @Test
  void twoUsesAreTooFewForThree() {
    assertThat(linked(THREE_USES, ops -> relax(ops, 2))).doesNotContain("PackedWeight");
  }

  @Test
  void aChangedWeightIsPackedAnew() {
    assertThat(
            linked(
                THREE_USES,
                ops -> {
                  relax(ops, 3);
                  ops.axpy(-0.1, gradient, weight);
                  relax(ops, 2);
                }))
        .filteredOn("PackedWeight"::equals)
        .hasSize(2);
    assertThat(
            linked(
                THREE_USES,
                ops -> {
                  relax(ops, 2);
                  ops.axpy(-0.1, gradient, weight);
                  relax(ops, 2);
                }))
        .doesNotContain("PackedWeight");
    assertThat(
            linked(
                THREE_USES,
                ops -> {
                  relax(ops, 2);
                  ops.gemm(Gemm.outer(1, y, x, weight));
                  relax(ops, 2);
                }))
        .doesNotContain("PackedWeight");
  }

  @Test
  void partOfAWeightThatChangesIsEnough() {
    assertThat(
            linked(
                THREE_USES,
                ops -> {
                  relax(ops, 2);
                  ops.fill(weight.rows(6, 1), 0);
                  relax(ops, 2);
                }))
        .doesNotContain("PackedWeight");
  }

  @Test
  void whatIsReadMayStay() {
    assertThat(
            linked(
                THREE_USES,
                ops -> {
                  relax(ops, 2);
                  ops.axpy(-0.1, x, arena.allocate(new Shape(9, 37)));
                  relax(ops, 2);
                }))
        .filteredOn("PackedWeight"::equals)
        .hasSize(2);
  }
}
