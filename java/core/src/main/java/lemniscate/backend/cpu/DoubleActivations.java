package lemniscate.backend.cpu;

import static jdk.incubator.vector.VectorOperators.FMA;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.NEG;
import static lemniscate.backend.cpu.DoubleKernels.BYTES;
import static lemniscate.backend.cpu.DoubleKernels.LANES;
import static lemniscate.backend.cpu.DoubleKernels.ORDER;
import static lemniscate.backend.cpu.DoubleKernels.SPECIES;
import static lemniscate.backend.cpu.DoubleKernels.address;
import static lemniscate.backend.cpu.DoubleKernels.fullRounds;
import static lemniscate.backend.cpu.NativeMemory.ALL;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import lemniscate.backend.Activation;

/**
 * Exponentials and activations of double arrays, as short sequences of simple loops. {@code
 * FloatActivations} is this file with other types.
 *
 * <p>A loop knows no activation, holds at most one tanh and works on whole vectors. What is more is
 * beyond what the compiler takes into one method, and then every vector would be an object on the
 * heap. For the same reason loops are objects that are called from one place: the compiler does not
 * inline a call that has seen many receivers. Elements that do not fill a vector go through a
 * scratch copy.
 */
final class DoubleActivations {

  private static final double LEAK = Activation.LEAK;
  private static final double SCALE = Activation.GELU_SCALE;
  private static final double CUBIC = Activation.GELU_CUBIC;

  /** Elements whose intermediate results stay in the first-level cache. */
  private static final long BLOCK = 1024;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private DoubleActivations() {}

  /** One loop, over whole vectors. */
  private interface Stage {
    void run(
        MemorySegment u,
        MemorySegment h,
        MemorySegment z,
        MemorySegment difference,
        MemorySegment derivative,
        long from,
        long to);
  }

  /** One vector of each operand. */
  private static final class Scratch {
    private final MemorySegment u = vector();
    private final MemorySegment h = vector();
    private final MemorySegment z = vector();
    private final MemorySegment difference = vector();
    private final MemorySegment derivative = vector();

    private static MemorySegment vector() {
      return Arena.ofAuto().allocate(LANES * BYTES, LANES * BYTES);
    }
  }

  private static final Stage[] EXPONENTIAL = {
    (u, h, z, d, g, from, to) -> exponential(u, h, from, to)
  };

  private static final Map<Activation, Stage[]> VALUES = new EnumMap<>(Activation.class);
  private static final Map<Activation, Stage[]> DERIVATIVES = new EnumMap<>(Activation.class);
  private static final Map<Activation, Stage[]> DIFFERENCES = new EnumMap<>(Activation.class);

  static {
    values();
    derivatives();
    differences();
  }

  // From u to h.
  private static void values() {
    Stage tanhOfHalf = (u, h, z, d, g, from, to) -> tanhOfHalf(u, h, from, to);
    Stage timesInput = (u, h, z, d, g, from, to) -> onePlusTimesHalfOf(u, h, from, to);
    VALUES.put(
        Activation.LINEAR, stages((u, h, z, d, g, from, to) -> rectify(1.0, u, h, from, to)));
    VALUES.put(Activation.RELU, stages((u, h, z, d, g, from, to) -> rectify(0.0, u, h, from, to)));
    VALUES.put(
        Activation.LEAKY_RELU, stages((u, h, z, d, g, from, to) -> rectify(LEAK, u, h, from, to)));
    VALUES.put(Activation.TANH, stages((u, h, z, d, g, from, to) -> tanh(u, h, from, to)));
    VALUES.put(
        Activation.SIGMOID,
        stages(tanhOfHalf, (u, h, z, d, g, from, to) -> onePlusTimesHalf(h, from, to)));
    VALUES.put(Activation.SILU, stages(tanhOfHalf, timesInput));
    VALUES.put(
        Activation.GELU,
        stages(
            (u, h, z, d, g, from, to) -> geluReduced(u, h, from, to),
            (u, h, z, d, g, from, to) -> expm1(h, from, to),
            (u, h, z, d, g, from, to) -> gelu(u, h, from, to)));
  }

  // From u and h to g.
  private static void derivatives() {
    DERIVATIVES.put(
        Activation.LINEAR, stages((u, h, z, d, g, from, to) -> step(1.0, u, g, from, to)));
    DERIVATIVES.put(
        Activation.RELU, stages((u, h, z, d, g, from, to) -> step(0.0, u, g, from, to)));
    DERIVATIVES.put(
        Activation.LEAKY_RELU, stages((u, h, z, d, g, from, to) -> step(LEAK, u, g, from, to)));
    DERIVATIVES.put(
        Activation.TANH, stages((u, h, z, d, g, from, to) -> oneMinusSquare(h, g, from, to)));
    DERIVATIVES.put(
        Activation.SIGMOID,
        stages((u, h, z, d, g, from, to) -> logisticDerivative(h, g, from, to)));
    DERIVATIVES.put(
        Activation.SILU,
        stages(
            (u, h, z, d, g, from, to) -> tanhOfHalf(u, g, from, to),
            (u, h, z, d, g, from, to) -> onePlusTimesHalf(g, from, to),
            (u, h, z, d, g, from, to) -> siluDerivative(u, g, from, to)));
    DERIVATIVES.put(
        Activation.GELU,
        stages(
            (u, h, z, d, g, from, to) -> geluReduced(u, g, from, to),
            (u, h, z, d, g, from, to) -> expm1(g, from, to),
            (u, h, z, d, g, from, to) -> geluTail(u, g, from, to),
            (u, h, z, d, g, from, to) -> geluDerivative(u, g, from, to)));
  }

  // From u, h and z to d and g, in the forms of Activation.difference.
  private static void differences() {
    Stage shifted = (u, h, z, d, g, from, to) -> add(u, z, g, from, to);
    Stage shiftedTanhOfHalf = (u, h, z, d, g, from, to) -> tanhOfHalf(g, g, from, to);
    Stage tanhOfHalfShift = (u, h, z, d, g, from, to) -> tanhOfHalf(z, d, from, to);
    DIFFERENCES.put(Activation.LINEAR, rectified(1.0));
    DIFFERENCES.put(Activation.RELU, rectified(0.0));
    DIFFERENCES.put(Activation.LEAKY_RELU, rectified(LEAK));
    DIFFERENCES.put(
        Activation.SIGMOID,
        stages(
            shifted,
            shiftedTanhOfHalf,
            tanhOfHalfShift,
            (u, h, z, d, g, from, to) -> sigmoidDifference(h, d, g, from, to)));
    // The difference of the inner tanh is 1 − before · after, times the tanh of the argument's
    // shift; g serves for each in turn and holds the shifted tanh again at the end.
    Stage bellOfBoth = (u, h, z, d, g, from, to) -> bellOf(g, d, from, to);
    Stage timesShift = (u, h, z, d, g, from, to) -> multiply(g, d, from, to);
    DIFFERENCES.put(
        Activation.SILU,
        stages(
            shifted,
            shiftedTanhOfHalf,
            (u, h, z, d, g, from, to) -> tanhOfHalf(u, d, from, to),
            bellOfBoth,
            (u, h, z, d, g, from, to) -> tanhOfHalf(z, g, from, to),
            timesShift,
            shifted,
            shiftedTanhOfHalf,
            (u, h, z, d, g, from, to) -> siluDifference(u, z, d, g, from, to)));
    // The logistic function's, from its tails; the one after the shift comes twice.
    Stage shiftedReduced = (u, h, z, d, g, from, to) -> geluReduced(g, g, from, to);
    Stage shiftedExpm1 = (u, h, z, d, g, from, to) -> expm1(g, from, to);
    Stage shiftedTail = (u, h, z, d, g, from, to) -> geluShiftedTail(u, z, g, from, to);
    DIFFERENCES.put(
        Activation.GELU,
        stages(
            shifted,
            shiftedReduced,
            shiftedExpm1,
            shiftedTail,
            (u, h, z, d, g, from, to) -> geluReduced(u, d, from, to),
            (u, h, z, d, g, from, to) -> expm1(d, from, to),
            (u, h, z, d, g, from, to) -> geluTail(u, d, from, to),
            (u, h, z, d, g, from, to) -> geluBell(u, z, g, d, from, to),
            (u, h, z, d, g, from, to) -> geluShift(u, z, g, from, to),
            (u, h, z, d, g, from, to) -> tanh(g, g, from, to),
            timesShift,
            shifted,
            shiftedReduced,
            shiftedExpm1,
            shiftedTail,
            (u, h, z, d, g, from, to) -> geluDifference(u, z, d, g, from, to),
            (u, h, z, d, g, from, to) -> geluShiftedDerivative(u, z, g, from, to)));
  }

  private static Stage[] rectified(double slope) {
    return stages((u, h, z, d, g, from, to) -> rectifiedDifference(slope, u, z, d, g, from, to));
  }

  private static final Stage[] TANH_OF_SMALL_SHIFT = {
    (u, h, z, d, g, from, to) -> tanhDifferenceByAddition(h, z, d, g, from, to)
  };

  private static final Stage[] TANH_OF_ANY_SHIFT = {
    (u, h, z, d, g, from, to) -> tanh(z, d, from, to),
    (u, h, z, d, g, from, to) -> add(u, z, g, from, to),
    (u, h, z, d, g, from, to) -> tanh(g, g, from, to),
    (u, h, z, d, g, from, to) -> tanhDifference(h, d, g, from, to)
  };

  // While z is small, tanh(u+z) = (h + tanh z)/(1 + h tanh z) loses nothing, and tanh z is a
  // polynomial;
  // where h and tanh z nearly cancel it would, and the shifted tanh is computed instead.
  private static void tanhBlocks(
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    for (long at = from; at < to; at += BLOCK) {
      long end = Math.min(to, at + BLOCK);
      Stage[] stages = isSmall(z, at, end) ? TANH_OF_SMALL_SHIFT : TANH_OF_ANY_SHIFT;
      run(stages, u, h, z, difference, derivative, at, end);
    }
  }

  private static Stage[] stages(Stage... stages) {
    return stages;
  }

  // The one place that calls stages.
  private static void run(
      Stage[] stages,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    for (long at = from; at < to; at += BLOCK) {
      long end = Math.min(to, at + BLOCK);
      for (Stage stage : stages) {
        stage.run(u, h, z, difference, derivative, at, end);
      }
    }
  }

  /** x = exp x. */
  static void exponential(MemorySegment x, long from, long to) {
    long whole = fullRounds(from, to);
    run(EXPONENTIAL, x, x, x, x, x, from, whole);
    if (whole < to) {
      Scratch s = SCRATCH.get();
      copy(x, whole, s.u, 0, to - whole);
      run(EXPONENTIAL, s.u, s.u, s.u, s.u, s.u, 0, LANES);
      copy(s.u, 0, x, whole, to - whole);
    }
  }

  /** h = φ(u). */
  static void value(Activation activation, MemorySegment u, MemorySegment h, long from, long to) {
    Stage[] stages = Objects.requireNonNull(VALUES.get(activation));
    long whole = fullRounds(from, to);
    run(stages, u, h, u, h, h, from, whole);
    if (whole < to) {
      Scratch s = SCRATCH.get();
      copy(u, whole, s.u, 0, to - whole);
      run(stages, s.u, s.h, s.u, s.h, s.h, 0, LANES);
      copy(s.h, 0, h, whole, to - whole);
    }
  }

  /** derivative = φ′(u), h = φ(u). */
  static void derivative(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment derivative,
      long from,
      long to) {
    Stage[] stages = Objects.requireNonNull(DERIVATIVES.get(activation));
    long whole = fullRounds(from, to);
    run(stages, u, h, u, derivative, derivative, from, whole);
    if (whole < to) {
      Scratch s = SCRATCH.get();
      copy(u, whole, s.u, 0, to - whole);
      copy(h, whole, s.h, 0, to - whole);
      run(stages, s.u, s.h, s.u, s.derivative, s.derivative, 0, LANES);
      copy(s.derivative, 0, derivative, whole, to - whole);
    }
  }

  /** difference = φ(u+z) − φ(u), derivative = φ′(u+z). */
  static void difference(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long whole = fullRounds(from, to);
    blocks(activation, u, h, z, difference, derivative, from, whole);
    if (whole < to) {
      Scratch s = SCRATCH.get();
      copy(u, whole, s.u, 0, to - whole);
      copy(h, whole, s.h, 0, to - whole);
      // What an earlier call left in the other lanes must not decide which way tanh goes.
      s.z.fill((byte) 0);
      copy(z, whole, s.z, 0, to - whole);
      blocks(activation, s.u, s.h, s.z, s.difference, s.derivative, 0, LANES);
      copy(s.difference, 0, difference, whole, to - whole);
      copy(s.derivative, 0, derivative, whole, to - whole);
    }
  }

  private static void blocks(
      Activation activation,
      MemorySegment u,
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    if (activation == Activation.TANH) {
      tanhBlocks(u, h, z, difference, derivative, from, to);
    } else {
      Stage[] stages = Objects.requireNonNull(DIFFERENCES.get(activation));
      run(stages, u, h, z, difference, derivative, from, to);
    }
  }

  /** Whether {@link #tanhError} may be used: whole vectors, and every z small. */
  static boolean tanhAddsUp(MemorySegment z, long from, long to) {
    return fullRounds(from, to) == to && isSmall(z, from, to);
  }

  /**
   * The prediction error of tanh for small z, to the same bits as {@link #difference} and what
   * follows it. Its pass is what a relaxation spends most of its time on but for the products.
   */
  static void tanhError(
      MemorySegment h,
      MemorySegment z,
      MemorySegment displacement,
      MemorySegment error,
      MemorySegment gated,
      long from,
      long to) {
    long hAt = address(h, to);
    long zAt = address(z, to);
    long displacementAt = address(displacement, to);
    long errorAt = address(error, to);
    long gatedAt = address(gated, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector before = DoubleVector.fromMemorySegment(SPECIES, ALL, hAt + i * BYTES, ORDER);
      DoubleVector t =
          DoubleMath.tanhOfSmall(
              DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER));
      DoubleVector after = tanhOfSum(before, t);
      DoubleVector e =
          DoubleVector.fromMemorySegment(SPECIES, ALL, displacementAt + i * BYTES, ORDER)
              .sub(t.mul(bell(before, after)));
      e.intoMemorySegment(ALL, errorAt + i * BYTES, ORDER);
      e.mul(bell(after, after)).intoMemorySegment(ALL, gatedAt + i * BYTES, ORDER);
    }
  }

  private static void copy(
      MemorySegment source, long first, MemorySegment target, long targetFirst, long count) {
    MemorySegment.copy(source, first * BYTES, target, targetFirst * BYTES, count * BYTES);
  }

  // ---------------------------------------------------------------- loops

  private static void exponential(MemorySegment x, MemorySegment out, long from, long to) {
    long xAt = address(x, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.exp(DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // tanh(u+z) of tanh u and tanh z, by the addition formula.
  private static DoubleVector tanhOfSum(DoubleVector before, DoubleVector shift) {
    return before.add(shift).div(before.lanewise(FMA, shift, shift.broadcast(1.0)));
  }

  private static DoubleVector bell(DoubleVector before, DoubleVector after) {
    return before.lanewise(NEG).lanewise(FMA, after, after.broadcast(1.0));
  }

  // On one side of the kink slope times z; across it nothing cancels.
  private static DoubleVector rectifiedDifference(
      DoubleVector u, DoubleVector z, DoubleVector sum, double slope) {
    VectorMask<Double> before = u.compare(GT, 0.0);
    VectorMask<Double> after = sum.compare(GT, 0.0);
    DoubleVector rising = sum.sub(u.mul(slope));
    DoubleVector falling = sum.mul(slope).sub(u);
    return z.mul(slope)
        .blend(z, before.and(after))
        .blend(rising, after.andNot(before))
        .blend(falling, before.andNot(after));
  }

  private static void tanh(MemorySegment x, MemorySegment out, long from, long to) {
    long xAt = address(x, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.tanh(DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  private static void tanhOfHalf(MemorySegment x, MemorySegment out, long from, long to) {
    long xAt = address(x, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.tanh(DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER).mul(0.5))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  private static void add(MemorySegment x, MemorySegment y, MemorySegment out, long from, long to) {
    long xAt = address(x, to);
    long yAt = address(y, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .add(DoubleVector.fromMemorySegment(SPECIES, ALL, yAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // x = (1 + x)/2: the logistic function from tanh of the halved argument.
  private static void onePlusTimesHalf(MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .add(1.0)
          .mul(0.5)
          .intoMemorySegment(ALL, xAt + i * BYTES, ORDER);
    }
  }

  private static void geluReduced(MemorySegment u, MemorySegment out, long from, long to) {
    long uAt = address(u, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.geluReduced(DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // Of reduced arguments, in place.
  private static void expm1(MemorySegment r, long from, long to) {
    long rAt = address(r, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.expm1Reduced(DoubleVector.fromMemorySegment(SPECIES, ALL, rAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, rAt + i * BYTES, ORDER);
    }
  }

  // In place of the exponential.
  private static void gelu(MemorySegment u, MemorySegment expm1, long from, long to) {
    long uAt = address(u, to);
    long expm1At = address(expm1, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector p = DoubleVector.fromMemorySegment(SPECIES, ALL, expm1At + i * BYTES, ORDER);
      DoubleMath.gelu(x, p).intoMemorySegment(ALL, expm1At + i * BYTES, ORDER);
    }
  }

  // The smaller of the logistic functions of GELU's argument and of its negative, in place of the
  // exponential.
  private static void geluTail(MemorySegment u, MemorySegment expm1, long from, long to) {
    long uAt = address(u, to);
    long expm1At = address(expm1, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector p = DoubleVector.fromMemorySegment(SPECIES, ALL, expm1At + i * BYTES, ORDER);
      DoubleMath.geluTail(x, p).intoMemorySegment(ALL, expm1At + i * BYTES, ORDER);
    }
  }

  private static void geluShiftedTail(
      MemorySegment u, MemorySegment z, MemorySegment expm1, long from, long to) {
    long uAt = address(u, to);
    long zAt = address(z, to);
    long expm1At = address(expm1, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector sum =
          DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER)
              .add(DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER));
      DoubleVector p = DoubleVector.fromMemorySegment(SPECIES, ALL, expm1At + i * BYTES, ORDER);
      DoubleMath.geluTail(sum, p).intoMemorySegment(ALL, expm1At + i * BYTES, ORDER);
    }
  }

  // Not a maximum: NaN stays NaN because it is not below zero.
  private static void rectify(double slope, MemorySegment u, MemorySegment h, long from, long to) {
    long uAt = address(u, to);
    long hAt = address(h, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      x.blend(x.mul(slope), x.compare(LT, 0.0)).intoMemorySegment(ALL, hAt + i * BYTES, ORDER);
    }
  }

  private static void step(double slope, MemorySegment u, MemorySegment out, long from, long to) {
    long uAt = address(u, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      x.broadcast(slope)
          .blend(1.0, x.compare(GT, 0.0))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  private static void oneMinusSquare(MemorySegment h, MemorySegment out, long from, long to) {
    long hAt = address(h, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector t = DoubleVector.fromMemorySegment(SPECIES, ALL, hAt + i * BYTES, ORDER);
      t.lanewise(NEG)
          .lanewise(FMA, t, t.broadcast(1.0))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  private static void logisticDerivative(MemorySegment s, MemorySegment out, long from, long to) {
    long sAt = address(s, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, sAt + i * BYTES, ORDER);
      x.mul(x.broadcast(1.0).sub(x)).intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // s = s + u s (1 − s), with s the logistic function of u.
  private static void siluDerivative(MemorySegment u, MemorySegment s, long from, long to) {
    long sAt = address(s, to);
    long uAt = address(u, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, sAt + i * BYTES, ORDER);
      DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER)
          .mul(x)
          .lanewise(FMA, x.broadcast(1.0).sub(x), x)
          .intoMemorySegment(ALL, sAt + i * BYTES, ORDER);
    }
  }

  // In place of the tail.
  private static void geluDerivative(MemorySegment u, MemorySegment tail, long from, long to) {
    long uAt = address(u, to);
    long tailAt = address(tail, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.geluDerivative(
              DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER),
              DoubleVector.fromMemorySegment(SPECIES, ALL, tailAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, tailAt + i * BYTES, ORDER);
    }
  }

  private static boolean isSmall(MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    VectorMask<Double> large = DoubleMath.SPECIES.maskAll(false);
    for (long i = from; i < to; i += LANES) {
      DoubleVector v = DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER);
      large = large.or(v.mul(v).compare(GT, DoubleMath.SMALL * DoubleMath.SMALL));
    }
    return !large.anyTrue();
  }

  private static void tanhDifferenceByAddition(
      MemorySegment h,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long hAt = address(h, to);
    long zAt = address(z, to);
    long differenceAt = address(difference, to);
    long derivativeAt = address(derivative, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector before = DoubleVector.fromMemorySegment(SPECIES, ALL, hAt + i * BYTES, ORDER);
      DoubleVector t =
          DoubleMath.tanhOfSmall(
              DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER));
      DoubleVector after = tanhOfSum(before, t);
      t.mul(bell(before, after)).intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
      bell(after, after).intoMemorySegment(ALL, derivativeAt + i * BYTES, ORDER);
    }
  }

  // From tanh z in difference and tanh(u+z) in derivative.
  private static void tanhDifference(
      MemorySegment h, MemorySegment difference, MemorySegment derivative, long from, long to) {
    long derivativeAt = address(derivative, to);
    long differenceAt = address(difference, to);
    long hAt = address(h, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector after =
          DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER);
      DoubleVector.fromMemorySegment(SPECIES, ALL, differenceAt + i * BYTES, ORDER)
          .mul(bell(DoubleVector.fromMemorySegment(SPECIES, ALL, hAt + i * BYTES, ORDER), after))
          .intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
      bell(after, after).intoMemorySegment(ALL, derivativeAt + i * BYTES, ORDER);
    }
  }

  // From tanh(z/2) in difference and tanh((u+z)/2) in derivative.
  private static void sigmoidDifference(
      MemorySegment h, MemorySegment difference, MemorySegment derivative, long from, long to) {
    long derivativeAt = address(derivative, to);
    long hAt = address(h, to);
    long differenceAt = address(difference, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector after =
          DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER);
      DoubleVector s = DoubleVector.fromMemorySegment(SPECIES, ALL, hAt + i * BYTES, ORDER);
      DoubleVector.fromMemorySegment(SPECIES, ALL, differenceAt + i * BYTES, ORDER)
          .mul(bell(s.add(s).sub(1.0), after))
          .mul(0.5)
          .intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
      DoubleVector s1 = after.add(1.0).mul(0.5);
      s1.mul(s1.broadcast(1.0).sub(s1)).intoMemorySegment(ALL, derivativeAt + i * BYTES, ORDER);
    }
  }

  // t = u (1 + t)/2.
  private static void onePlusTimesHalfOf(MemorySegment u, MemorySegment t, long from, long to) {
    long tAt = address(t, to);
    long uAt = address(u, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, tAt + i * BYTES, ORDER)
          .add(1.0)
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER))
          .mul(0.5)
          .intoMemorySegment(ALL, tAt + i * BYTES, ORDER);
    }
  }

  // x = 1 − x after.
  private static void bellOf(MemorySegment after, MemorySegment x, long from, long to) {
    long xAt = address(x, to);
    long afterAt = address(after, to);
    for (long i = from; i < to; i += LANES) {
      bell(
              DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER),
              DoubleVector.fromMemorySegment(SPECIES, ALL, afterAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, xAt + i * BYTES, ORDER);
    }
  }

  private static void multiply(MemorySegment x, MemorySegment out, long from, long to) {
    long xAt = address(x, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector.fromMemorySegment(SPECIES, ALL, xAt + i * BYTES, ORDER)
          .mul(DoubleVector.fromMemorySegment(SPECIES, ALL, outAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // From the change of the inner tanh in difference and the shifted tanh in derivative.
  private static void siluDifference(
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long derivativeAt = address(derivative, to);
    long uAt = address(u, to);
    long zAt = address(z, to);
    long differenceAt = address(difference, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector after =
          DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER);
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector dz = DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER);
      DoubleVector s1 = after.add(1.0).mul(0.5);
      DoubleVector moved =
          DoubleVector.fromMemorySegment(SPECIES, ALL, differenceAt + i * BYTES, ORDER);
      x.mul(0.5)
          .lanewise(FMA, moved, dz.mul(s1))
          .intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
      x.add(dz)
          .mul(s1)
          .lanewise(FMA, s1.broadcast(1.0).sub(s1), s1)
          .intoMemorySegment(ALL, derivativeAt + i * BYTES, ORDER);
    }
  }

  // By how much the argument of the tanh inside moves when u moves by z.
  private static void geluShift(
      MemorySegment u, MemorySegment z, MemorySegment out, long from, long to) {
    long uAt = address(u, to);
    long zAt = address(z, to);
    long outAt = address(out, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector dz = DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER);
      DoubleVector cubic = x.mul(3.0).lanewise(FMA, x.add(dz), dz.mul(dz));
      cubic
          .lanewise(FMA, x.broadcast(SCALE * CUBIC), x.broadcast(SCALE))
          .mul(dz)
          .intoMemorySegment(ALL, outAt + i * BYTES, ORDER);
    }
  }

  // (1 − before · after)/2 with the tanh inside before and after the shift, from the tails of both,
  // a and b, in place of the first: with tails on one side a (1 − b) + b (1 − a), else what is left
  // to 1.
  private static void geluBell(
      MemorySegment u,
      MemorySegment z,
      MemorySegment after,
      MemorySegment tail,
      long from,
      long to) {
    long uAt = address(u, to);
    long zAt = address(z, to);
    long tailAt = address(tail, to);
    long afterAt = address(after, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector sum =
          x.add(DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER));
      DoubleVector a = DoubleVector.fromMemorySegment(SPECIES, ALL, tailAt + i * BYTES, ORDER);
      DoubleVector b = DoubleVector.fromMemorySegment(SPECIES, ALL, afterAt + i * BYTES, ORDER);
      DoubleVector one = x.broadcast(1.0);
      DoubleVector same = one.sub(a).lanewise(FMA, b, one.sub(b).mul(a));
      same.blend(one.sub(same), x.compare(LT, 0.0).xor(sum.compare(LT, 0.0)))
          .intoMemorySegment(ALL, tailAt + i * BYTES, ORDER);
    }
  }

  // From the change of the logistic function in difference and its tail after the shift in
  // derivative.
  private static void geluDifference(
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long derivativeAt = address(derivative, to);
    long uAt = address(u, to);
    long zAt = address(z, to);
    long differenceAt = address(difference, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector tail =
          DoubleVector.fromMemorySegment(SPECIES, ALL, derivativeAt + i * BYTES, ORDER);
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector dz = DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER);
      DoubleVector sum = x.add(dz);
      DoubleVector after = tail.broadcast(1.0).sub(tail).blend(tail, sum.compare(LT, 0.0));
      DoubleVector moved =
          DoubleVector.fromMemorySegment(SPECIES, ALL, differenceAt + i * BYTES, ORDER);
      x.lanewise(FMA, moved, dz.mul(after)).intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
    }
  }

  private static void rectifiedDifference(
      double slope,
      MemorySegment u,
      MemorySegment z,
      MemorySegment difference,
      MemorySegment derivative,
      long from,
      long to) {
    long uAt = address(u, to);
    long zAt = address(z, to);
    long differenceAt = address(difference, to);
    long derivativeAt = address(derivative, to);
    for (long i = from; i < to; i += LANES) {
      DoubleVector x = DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER);
      DoubleVector dz = DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER);
      DoubleVector sum = x.add(dz);
      rectifiedDifference(x, dz, sum, slope)
          .intoMemorySegment(ALL, differenceAt + i * BYTES, ORDER);
      x.broadcast(slope)
          .blend(1.0, sum.compare(GT, 0.0))
          .intoMemorySegment(ALL, derivativeAt + i * BYTES, ORDER);
    }
  }

  // In place of the tail.
  private static void geluShiftedDerivative(
      MemorySegment u, MemorySegment z, MemorySegment tail, long from, long to) {
    long uAt = address(u, to);
    long zAt = address(z, to);
    long tailAt = address(tail, to);
    for (long i = from; i < to; i += LANES) {
      DoubleMath.geluDerivative(
              DoubleVector.fromMemorySegment(SPECIES, ALL, uAt + i * BYTES, ORDER)
                  .add(DoubleVector.fromMemorySegment(SPECIES, ALL, zAt + i * BYTES, ORDER)),
              DoubleVector.fromMemorySegment(SPECIES, ALL, tailAt + i * BYTES, ORDER))
          .intoMemorySegment(ALL, tailAt + i * BYTES, ORDER);
    }
  }
}
