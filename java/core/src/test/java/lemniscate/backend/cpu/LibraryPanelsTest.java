package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products by a library through weights that it has packed. */
@Tag("variant")
class LibraryPanelsTest {

  private static CpuBackend open(MatrixProduct library, DType dtype, int threads) {
    return new CpuBackend(
        dtype,
        threads,
        library,
        CpuKernels.best(),
        PackedWeightsTest.ALWAYS,
        RepeatedProducts.PACKED_BLAS);
  }

  /** What holds of every library that packs. */
  abstract static class Results {

    abstract MatrixProduct library();

    private CpuBackend open(DType dtype, int threads) {
      return LibraryPanelsTest.open(library(), dtype, threads);
    }

    static Stream<Arguments> shapes() {
      return PackedWeightsTest.shapes();
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
              expected = PackedWeightsTest.product(reference, m, n, k, transpose, beta);
            }
            for (int threads = 1; threads <= 3; threads++) {
              try (Backend backend = open(precision.dtype(), threads)) {
                double[] found = PackedWeightsTest.product(backend, m, n, k, transpose, beta);
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

    /** Each thread has fewer rows than the weight was packed for. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void rowsOfABatchGoThroughARelaxationByThemselves(int threads) {
      double[] expected;
      try (Backend reference =
          Backends.open("reference", new BackendOptions(Precision.FP64, 1, null))) {
        expected = PackedWeightsTest.relaxed(reference);
      }
      for (DType dtype : DType.values()) {
        try (Backend backend = open(dtype, threads)) {
          double[] found = PackedWeightsTest.relaxed(backend);
          for (int i = 0; i < found.length; i++) {
            // Twelve products of 70 terms of order one.
            assertThat(found[i])
                .isCloseTo(expected[i], within(dtype == DType.FLOAT32 ? 1e-5 : 1e-13));
          }
        }
      }
    }

    @Test
    void productsWithOtherFactorsAreRight() {
      try (Backend backend = open(DType.FLOAT64, 2);
          Arena arena = backend.newArena()) {
        Tensor a = arena.allocate(new Shape(5, 3));
        Tensor b = arena.allocate(new Shape(3, 37));
        List<Tensor> results =
            Stream.generate(() -> arena.allocate(new Shape(5, 37))).limit(3).toList();
        backend.upload(PackedWeightsTest.numbers(15, 1), a);
        backend.upload(PackedWeightsTest.numbers(111, 2), b);
        backend.run(
            ops -> {
              ops.gemm(Gemm.backward(0.5, a, b, results.get(0)));
              ops.gemm(Gemm.backward(2, a, b, results.get(1)));
              ops.gemm(Gemm.backward(0.5, a, b, results.get(2)));
            });
        double[] half = backend.read(results.get(0));
        double[] twice = backend.read(results.get(1));
        assertThat(backend.read(results.get(2))).isEqualTo(half);
        for (int i = 0; i < half.length; i++) {
          // Three terms of order one, in double.
          assertThat(twice[i]).isCloseTo(4 * half[i], within(1e-14));
        }
      }
    }
  }

  /** On every machine: plain loops in the place of a library. */
  @Nested
  final class Loops extends Results {
    @Override
    MatrixProduct library() {
      return new PackingLoops();
    }

    @Test
    void productsReallyGoThroughWhatWasPacked() {
      PackingLoops loops = new PackingLoops();
      try (Backend backend = open(loops, DType.FLOAT32, 3)) {
        PackedWeightsTest.relaxed(backend);
      }
      // A weight in two directions, one panel for each thread: 70 columns in panels of 32, 32 and 6
      // and 41 in panels of 16, 16 and 9.
      assertThat(loops.packed).hasValue(6);
      // Six steps, two products each, every thread its rows through three panels.
      assertThat(loops.products).hasValue(6 * 2 * 3 * 3);
    }
  }

  @Nested
  final class Mkl extends Results {
    @BeforeEach
    void needsLibrary() {
      MklLibrary.orSkip();
    }

    @Override
    MatrixProduct library() {
      return CblasProduct.at(MklLibrary.orSkip());
    }
  }

  @Nested
  final class LoopsContract implements BackendContract {
    @Override
    public Backend open(DType dtype) {
      return LibraryPanelsTest.open(new PackingLoops(), dtype, 2);
    }
  }

  @Nested
  final class MklContract implements BackendContract {
    @Override
    public Backend open(DType dtype) {
      return LibraryPanelsTest.open(CblasProduct.at(MklLibrary.orSkip()), dtype, 2);
    }
  }

  @Nested
  final class MklGolden extends GoldenRules {
    @Override
    public Backend open(DType dtype) {
      return LibraryPanelsTest.open(CblasProduct.at(MklLibrary.orSkip()), dtype, 2);
    }
  }

  /** A library that packs by scaling and copying, and fills up what it does not need. */
  private static final class PackingLoops implements MatrixProduct, BlasPacking {

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /** Bytes at the end that must not be another's. */
    private static final int SPARE = 24;

    private final JavaProduct loops = new JavaProduct("in a test");
    private final AtomicInteger packed = new AtomicInteger();
    private final AtomicInteger products = new AtomicInteger();

    @Override
    public String description() {
      return "packing loops";
    }

    @Override
    public Optional<BlasPacking> packing() {
      return Optional.of(this);
    }

    @Override
    public long bytes(DType dtype, int m, int n, int k) {
      return (long) n * k * dtype.bytes() + SPARE;
    }

    @Override
    public void pack(
        DType dtype,
        boolean transpose,
        int m,
        int n,
        int k,
        double alpha,
        long b,
        int ldb,
        long to) {
      packed.incrementAndGet();
      for (int row = 0; row < k; row++) {
        for (int column = 0; column < n; column++) {
          long from = transpose ? (long) column * ldb + row : (long) row * ldb + column;
          long at = (long) row * n + column;
          if (dtype == DType.FLOAT32) {
            float value = MEMORY.get(ValueLayout.JAVA_FLOAT, b + 4 * from);
            MEMORY.set(ValueLayout.JAVA_FLOAT, to + 4 * at, (float) alpha * value);
          } else {
            double value = MEMORY.get(ValueLayout.JAVA_DOUBLE, b + 8 * from);
            MEMORY.set(ValueLayout.JAVA_DOUBLE, to + 8 * at, alpha * value);
          }
        }
      }
      byte[] spare = new byte[SPARE];
      Arrays.fill(spare, (byte) 0xff); // not a number
      long end = to + (long) n * k * dtype.bytes();
      MemorySegment.copy(spare, 0, MEMORY, ValueLayout.JAVA_BYTE, end, SPARE);
    }

    @Override
    public void multiply(
        DType dtype, int m, int n, int k, long a, int lda, long b, double beta, long c, int ldc) {
      products.incrementAndGet();
      loops.multiply(dtype, false, false, m, n, k, 1, a, lda, b, n, beta, c, ldc);
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
      loops.multiply(dtype, transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }
  }
}
