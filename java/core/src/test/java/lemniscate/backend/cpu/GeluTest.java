package lemniscate.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lemniscate.backend.Activation;
import lemniscate.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** GELU over all exponents, where 1 + tanh would cancel and where the result is denormal. */
class GeluTest {

  static Stream<Arguments> float32() {
    return kernels().map(k -> Arguments.of(k.description(), k.float32()));
  }

  static Stream<Arguments> float64() {
    // Two roundings of each part of the quotient; the definition rounds 2p, which may be 750, four
    // times.
    return kernels()
        .map(
            k ->
                Arguments.of(
                    k.description(),
                    k.float64(),
                    3,
                    k.float64() instanceof ScalarKernels ? 3 + 4 * 750 : 3));
  }

  private static Stream<CpuKernels> kernels() {
    return Stream.concat(NativeMathTest.sets(), Stream.of(CpuKernels.scalar("plain Java loops")));
  }

  // Sixty-four mantissas of every exponent, and the curved part closely, in both signs.
  private static double[] float32Arguments() {
    DoubleStream all =
        LongStream.iterate(0, bits -> bits < 0x7f800000L, bits -> bits + 131_101)
            .mapToDouble(bits -> Float.intBitsToFloat((int) bits));
    DoubleStream curve = LongStream.range(0, 40_000).mapToDouble(i -> (float) (i * 0.000281));
    return bothSigns(DoubleStream.concat(all, curve));
  }

  private static double[] float64Arguments() {
    DoubleStream all =
        LongStream.iterate(0, bits -> bits < 0x7ff0000000000000L, bits -> bits + 0xffffffffffffL)
            .mapToDouble(Double::longBitsToDouble);
    DoubleStream curve = LongStream.range(0, 20_000).mapToDouble(i -> i * 0.0011);
    return bothSigns(DoubleStream.concat(all, curve));
  }

  private static double[] bothSigns(DoubleStream magnitudes) {
    return magnitudes.flatMap(x -> DoubleStream.of(x, -x)).toArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("float32")
  void valueIsWithinTwoUlpInFloat32(String name, Kernels kernels) {
    double[] u = float32Arguments();
    double[] found = values(kernels, DType.FLOAT32, u);
    for (int i = 0; i < u.length; i++) {
      double exact = new Exact(u[i]).value();
      // One comparison by a library for each of half a million points would take longer than GELU.
      if (!(Math.abs(found[i] - exact) <= 2 * Math.ulp((float) exact))) {
        assertThat((float) found[i]).as("gelu(%s)", u[i]).isEqualTo((float) exact);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("float64")
  void valueInFloat64(String name, Kernels kernels, double ulp, double tailUlp) {
    double[] u = float64Arguments();
    double[] found = values(kernels, DType.FLOAT64, u);
    for (int i = 0; i < u.length; i++) {
      double exact = new Exact(u[i]).value();
      if (!(Math.abs(found[i] - exact) <= (u[i] < 0 ? tailUlp : ulp) * Math.ulp(exact))) {
        assertThat(found[i]).as("gelu(%s)", u[i]).isEqualTo(exact);
      }
    }
  }

  /** The derivative's error is small beside the larger of its two terms, which cancel once. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("float32")
  void derivativeIsWithinFourUlpOfItsTerms(String name, Kernels kernels) {
    double[] u = float32Arguments();
    double[] found = run(kernels, DType.FLOAT32, u, u, Kind.DERIVATIVE);
    for (int i = 0; i < u.length; i++) {
      Exact exact = new Exact(u[i]);
      double larger = exact.logistic() + Math.abs(exact.slopeTerm());
      // In the last of the tail the logistic function is denormal, before u (2p)′ (below 300) is
      // in.
      double bound = 4 * Math.ulp((float) larger) + (u[i] < -9.5 ? 300 * Float.MIN_VALUE : 0);
      if (!(Math.abs(found[i] - exact.derivative()) <= bound)) {
        assertThat((float) found[i]).as("gelu'(%s)", u[i]).isEqualTo((float) exact.derivative());
      }
    }
  }

  /**
   * The difference is that of the exact sum u + z to within what rounding u + z (half an ulp) makes
   * of either of its terms: relative to them 2p + 8 ulp, in the tail too.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("float32")
  void differenceKeepsItsPrecisionInTheTail(String name, Kernels kernels) {
    double[] u =
        DoubleStream.iterate(-9, x -> x < 9, x -> x + 0.0137).map(x -> (float) x).toArray();
    for (double size : new double[] {1e-6, 1e-3, 0.1, 0.7}) {
      for (double shift : new double[] {size, -size}) {
        double[] z = new double[u.length];
        Arrays.fill(z, (float) shift);
        double[] found = run(kernels, DType.FLOAT32, u, z, Kind.DIFFERENCE);
        for (int i = 0; i < u.length; i++) {
          Exact before = new Exact(u[i]);
          Exact after = new Exact(u[i] + z[i]);
          double moved = z[i] * after.logistic();
          double exact = after.value() - before.value();
          double terms = Math.abs(moved) + Math.abs(exact - moved);
          double ulp = 8 + 2 * Math.abs(after.argument());
          double bound = ulp * 0x1p-23 * terms;
          if (!(Math.abs(found[i] - exact) <= bound)) {
            assertThat(found[i]).as("%s by %s", u[i], z[i]).isEqualTo(exact);
          }
        }
      }
    }
  }

  @Test
  void specialValues() {
    double[] u = {0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, 1e30, -1e30, -12, 12};
    for (DType dtype : DType.values()) {
      double[] found = values(CpuKernels.best().of(dtype), dtype, u);
      assertThat(found[0]).isEqualTo(0.0);
      assertThat(found[1]).isEqualTo(-0.0);
      assertThat(found[2]).isNaN();
      assertThat(found[3]).isEqualTo(Double.POSITIVE_INFINITY);
      assertThat((float) found[4]).isEqualTo(1e30f);
      assertThat(found[5]).isEqualTo(-0.0);
      assertThat(found[7]).isEqualTo(12);
    }
  }

  private enum Kind {
    VALUE,
    DERIVATIVE,
    DIFFERENCE
  }

  private static double[] values(Kernels kernels, DType dtype, double[] u) {
    return run(kernels, dtype, u, u, Kind.VALUE);
  }

  private static double[] run(Kernels kernels, DType dtype, double[] u, double[] z, Kind kind) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment[] x = new MemorySegment[5];
      for (int k = 0; k < x.length; k++) {
        x[k] = arena.allocate(dtype.bytes() * (long) u.length, 64);
        kernels.fill(Double.NaN, x[k], 0, u.length);
      }
      for (int i = 0; i < u.length; i++) {
        kernels.set(x[0], i, u[i]);
        kernels.set(x[2], i, z[i]);
      }
      Activation gelu = Activation.GELU;
      kernels.activation(gelu, x[0], x[1], 0, u.length);
      int result = 1;
      if (kind == Kind.DERIVATIVE) {
        kernels.activationDerivative(gelu, x[0], x[1], x[4], 0, u.length);
        result = 4;
      } else if (kind == Kind.DIFFERENCE) {
        kernels.activationDifference(gelu, x[0], x[1], x[2], x[3], x[4], 0, u.length);
        result = 3;
      }
      double[] found = new double[u.length];
      for (int i = 0; i < u.length; i++) {
        found[i] = kernels.get(x[result], i);
      }
      return found;
    }
  }

  /** In double, with 2p to twice as many digits, so that exp(2p) is good to an ulp or two. */
  private record Exact(double u, double argument, double low) {

    // Beyond it the logistic function is 0 or 1 in any precision, and u³ would overflow.
    private static final double BOUND = 25;

    Exact(double u) {
      this(u, argument(u));
    }

    private Exact(double u, BigDecimal argument) {
      this(
          u,
          argument.doubleValue(),
          argument.subtract(new BigDecimal(argument.doubleValue())).doubleValue());
    }

    private static BigDecimal argument(double u) {
      BigDecimal x = new BigDecimal(Math.clamp(u, -BOUND, BOUND));
      if (Math.abs(u) < 1e-30) {
        return BigDecimal.ZERO;
      }
      BigDecimal twoScale = new BigDecimal(2 * Activation.GELU_SCALE);
      BigDecimal cubic = x.multiply(x).multiply(new BigDecimal(Activation.GELU_CUBIC));
      return x.multiply(cubic.add(BigDecimal.ONE)).multiply(twoScale);
    }

    /** factor σ(2p). */
    private double times(double factor) {
      if (u >= 0) {
        return factor / (1 + StrictMath.exp(-argument) * (1 - low));
      }
      double e = StrictMath.exp(Math.max(argument, -600));
      e = Math.fma(e, low, e);
      // Out of the denormals until the factor is in; exp of the rest may be off by its own
      // argument.
      double rest = StrictMath.exp(Math.min(argument + 600, 0));
      return Math.max(factor, -BOUND) * e / (1 + e) * rest;
    }

    double value() {
      return times(u);
    }

    double logistic() {
      return times(1);
    }

    /** Second term of the derivative. */
    double slopeTerm() {
      double x = Math.clamp(u, -BOUND, BOUND);
      double slope = 2 * Activation.GELU_SCALE * (1 + 3 * Activation.GELU_CUBIC * x * x);
      return x * slope * logistic() * new Exact(-u).logistic();
    }

    double derivative() {
      return logistic() + slopeTerm();
    }
  }
}
