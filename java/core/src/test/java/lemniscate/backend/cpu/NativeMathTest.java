package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * exp, tanh, the logistic function and its product with u in C against Math in double precision,
 * over all exponents, on every instruction set of this machine.
 */
class NativeMathTest {

  static Stream<CpuKernels> sets() {
    return NativeCode.available().stream().map(NativeCode::of).map(CpuKernels::of);
  }

  /**
   * Function, the same exactly, and the bound on the error in ulp: of double more, as Math's is.
   */
  static Stream<Arguments> functions() {
    return sets()
        .flatMap(
            kernels ->
                Stream.of(
                    Arguments.of(kernels, "exp", exact(StrictMath::exp), 2, 2),
                    Arguments.of(kernels, "TANH", exact(StrictMath::tanh), 2, 4),
                    Arguments.of(kernels, "SIGMOID", exact(NativeMathTest::logistic), 2, 4),
                    Arguments.of(kernels, "SILU", exact(NativeMathTest::silu), 2, 5)));
  }

  private static DoubleUnaryOperator exact(DoubleUnaryOperator function) {
    return function;
  }

  private static double logistic(double u) {
    double e = StrictMath.exp(-Math.abs(u));
    return (u < 0 ? e : 1) / (1 + e);
  }

  // exp is denormal before the product is.
  private static double silu(double u) {
    if (u >= 0) {
      return u * logistic(u);
    }
    double e = StrictMath.exp(Math.max(u, -600));
    return Math.max(u, -1000) * e / (1 + e) * StrictMath.exp(Math.min(u + 600, 0));
  }

  // Every 4099th float, all exponents of doubles, and where the functions curve closely.
  private static double[] arguments(DType dtype) {
    DoubleStream all =
        dtype == DType.FLOAT32
            ? LongStream.iterate(0, bits -> bits < 0x7f800000L, bits -> bits + 4099)
                .mapToDouble(bits -> Float.intBitsToFloat((int) bits))
            : LongStream.iterate(0, bits -> bits >= 0, bits -> bits + 0x7ff0000000000000L / 400_003)
                .limit(400_003)
                .mapToDouble(Double::longBitsToDouble);
    DoubleStream curve = LongStream.range(0, 300_000).mapToDouble(i -> (float) (i * 0.000377));
    DoubleStream tail = LongStream.range(0, 100_000).mapToDouble(i -> i * 0.00763);
    return DoubleStream.concat(all, DoubleStream.concat(curve, tail))
        .map(x -> dtype == DType.FLOAT32 ? (float) x : x)
        .flatMap(x -> DoubleStream.of(x, -x))
        .toArray();
  }

  private static double[] values(Kernels kernels, DType dtype, String function, double... u) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment x = arena.allocate(dtype.bytes() * (long) u.length, 64);
      MemorySegment y = arena.allocate(dtype.bytes() * (long) u.length, 64);
      for (int i = 0; i < u.length; i++) {
        kernels.set(x, i, u[i]);
      }
      if (function.equals("exp")) {
        y = x;
        kernels.exponential(x, 0, u.length);
      } else {
        kernels.activation(Activation.valueOf(function), x, y, 0, u.length);
      }
      double[] found = new double[u.length];
      for (int i = 0; i < u.length; i++) {
        found[i] = kernels.get(y, i);
      }
      return found;
    }
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("functions")
  void isWithinItsBound(
      CpuKernels kernels, String function, DoubleUnaryOperator exact, int ulps32, int ulps64) {
    for (DType dtype : DType.values()) {
      double[] u = arguments(dtype);
      double[] found = values(kernels.of(dtype), dtype, function, u);
      for (int i = 0; i < u.length; i++) {
        double right = exact.applyAsDouble(u[i]);
        double bound =
            dtype == DType.FLOAT32 ? ulps32 * Math.ulp((float) right) : ulps64 * Math.ulp(right);
        boolean sameOverflow = dtype == DType.FLOAT32 && found[i] == (float) right;
        // One comparison by a library for each of millions would take longer than the functions.
        if (found[i] != right && !sameOverflow && !(Math.abs(found[i] - right) <= bound)) {
          assertThat(found[i]).as("%s(%s) in %s", function, u[i], dtype).isEqualTo(right);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("sets")
  void specialValues(CpuKernels kernels) {
    double inf = Double.POSITIVE_INFINITY;
    double[] u = {Double.NaN, inf, -inf, 0, -0.0};
    for (DType dtype : DType.values()) {
      Kernels k = kernels.of(dtype);
      assertThat(values(k, dtype, "exp", u)).containsExactly(Double.NaN, inf, 0, 1, 1);
      assertThat(values(k, dtype, "TANH", u)).containsExactly(Double.NaN, 1, -1, 0, -0.0);
      assertThat(values(k, dtype, "SIGMOID", u)).containsExactly(Double.NaN, 1, 0, 0.5, 0.5);
      assertThat(values(k, dtype, "SILU", u)).containsExactly(Double.NaN, inf, -0.0, 0, -0.0);
      assertThat(values(k, dtype, "RELU", u)).containsExactly(Double.NaN, inf, 0, 0, -0.0);
    }
  }

  /** The quick form of tanh, which differences take while the shift is small. */
  @ParameterizedTest
  @MethodSource("sets")
  void tanhOfSmallShiftsIsWithinTwoUlp(CpuKernels kernels) {
    for (DType dtype : DType.values()) {
      Kernels k = kernels.of(dtype);
      double[] z =
          DoubleStream.iterate(-0.25, x -> x <= 0.25, x -> x + 0.0000137)
              .map(x -> (float) x)
              .toArray();
      double[] found = differencesFromZero(k, dtype, z);
      for (int i = 0; i < z.length; i++) {
        double exact = StrictMath.tanh(z[i]);
        double ulp = dtype == DType.FLOAT32 ? Math.ulp((float) exact) : Math.ulp(exact);
        assertThat(Math.abs(found[i] - exact)).as("%s", z[i]).isLessThanOrEqualTo(2 * ulp);
      }
    }
  }

  // tanh(0 + z) - tanh 0.
  private static double[] differencesFromZero(Kernels k, DType dtype, double[] z) {
    try (Arena arena = Arena.ofConfined()) {
      long bytes = dtype.bytes() * (long) z.length;
      MemorySegment zero = arena.allocate(bytes, 64);
      MemorySegment shift = arena.allocate(bytes, 64);
      MemorySegment difference = arena.allocate(bytes, 64);
      MemorySegment derivative = arena.allocate(bytes, 64);
      for (int i = 0; i < z.length; i++) {
        k.set(shift, i, z[i]);
      }
      k.activationDifference(
          Activation.TANH, zero, zero, shift, difference, derivative, 0, z.length);
      double[] found = new double[z.length];
      Arrays.setAll(found, i -> k.get(difference, i));
      return found;
    }
  }
}
