package lemniscate.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * exp and tanh of float vectors from additions, products, fused multiply-adds and bit operations
 * alone. The Vector API's own library calls give other bits when interpreted than when compiled,
 * and a run must not depend on when the compiler got to it.
 *
 * <p>Both rest on x = n ln 2 + r, |r| ≤ ln 2 / 2, and the Taylor polynomial of exp(r) − 1 to r⁷,
 * economised so that its remainder is below 2⁻²⁸ r. Errors: 2 ulp.
 */
final class FloatMath {

  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  private static final float LOG2_E = 1.44269504f;
  // ln 2 in two parts, the first short enough that n times it is exact.
  private static final float LN2_HIGH = 0.693359375f;
  private static final float LN2_LOW = -2.12194440e-4f;
  // Adding 1.5 · 2²³ leaves the nearest integer in the low bits of the sum.
  private static final float ROUNDING = 12582912f;
  private static final int EXPONENT_SHIFT = 23;

  /** Results below exp of this, close to the smallest normal number, are 0. */
  private static final float EXP_MIN = -86.6f;

  /** exp overflows above. */
  private static final float EXP_MAX = 88.7f;

  /** tanh rounds to 1 from here on. */
  private static final float TANH_SATURATION = 10f;

  /** About 1/(E + 2) for E from 0 to 1. */
  private static final float NEAR_HALF = 0.46f;

  // Taylor's coefficients, and what r⁸/8! is nearest to on |r| ≤ ln 2 / 2, by Chebyshev's
  // polynomial.
  private static final float C7 = 1f / 5040;
  private static final float C6 = 1f / 720 + 5.958e-6f;
  private static final float C5 = 1f / 120;
  private static final float C4 = 1f / 24 - 4.473e-7f;
  private static final float C3 = 1f / 6;
  private static final float C2 = 1f / 2;

  private FloatMath() {}

  // exp(r) - 1 for |r| <= ln 2 / 2, with its relative precision kept near 0.
  private static FloatVector expm1Reduced(FloatVector r) {
    FloatVector p = r.broadcast(C7).fma(r, r.broadcast(C6));
    p = p.fma(r, r.broadcast(C5));
    p = p.fma(r, r.broadcast(C4));
    p = p.fma(r, r.broadcast(C3));
    p = p.fma(r, r.broadcast(C2));
    return p.mul(r).fma(r, r);
  }

  private static FloatVector reduce(FloatVector x, FloatVector n) {
    return n.fma(n.broadcast(-LN2_LOW), n.fma(n.broadcast(-LN2_HIGH), x));
  }

  private static FloatVector powerOfTwo(FloatVector rounded) {
    IntVector bits = rounded.reinterpretAsInts();
    return bits.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
        .add(Float.floatToRawIntBits(1f))
        .reinterpretAsFloats();
  }

  /** exp x; NaN stays NaN, results below the normal range are 0. */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> low = x.compare(VectorOperators.LT, EXP_MIN);
    VectorMask<Float> high = x.compare(VectorOperators.GT, EXP_MAX);
    FloatVector clamped = x.blend(EXP_MIN, low).blend(EXP_MAX, high);
    FloatVector rounded = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDING));
    FloatVector n = rounded.sub(ROUNDING);
    FloatVector p = expm1Reduced(reduce(clamped, n));
    // n can be 128, whose power of two is no float: half of it is.
    FloatVector half = powerOfTwo(rounded.sub(1f));
    FloatVector value = p.fma(half, half).mul(2f);
    return value.blend(0f, low).blend(Float.POSITIVE_INFINITY, high);
  }

  /** tanh x = sign(x) E/(E + 2), E = exp(2|x|) − 1; NaN stays NaN. */
  static FloatVector tanh(FloatVector x) {
    FloatVector magnitude = x.lanewise(VectorOperators.ABS);
    FloatVector bounded =
        magnitude.blend(TANH_SATURATION, magnitude.compare(VectorOperators.GT, TANH_SATURATION));
    FloatVector y = bounded.add(bounded);
    FloatVector rounded = y.fma(y.broadcast(LOG2_E), y.broadcast(ROUNDING));
    FloatVector n = rounded.sub(ROUNDING);
    FloatVector p = expm1Reduced(reduce(y, n));
    FloatVector scale = powerOfTwo(rounded);
    FloatVector e = p.fma(scale, scale.sub(1f));
    FloatVector sum = e.add(2f);
    FloatVector t = e.div(sum);
    // What the sum has lost to rounding, where that is as much as 2 ulp in all: t loses it once
    // more.
    FloatVector lost = e.sub(sum.sub(2f)).blend(0f, e.compare(VectorOperators.GT, 2f));
    t = t.mul(-NEAR_HALF).fma(lost, t);
    IntVector sign = x.reinterpretAsInts().and(Integer.MIN_VALUE);
    return t.reinterpretAsInts().or(sign).reinterpretAsFloats();
  }

  /** Largest argument of {@link #tanhOfSmall}. */
  static final float SMALL = 0.25f;

  private static final float T9 = 62f / 2835;
  private static final float T7 = -17f / 315;
  private static final float T5 = 2f / 15;
  private static final float T3 = -1f / 3;

  /**
   * tanh x for |x| ≤ {@link #SMALL}, by its Taylor polynomial to x⁹, whose remainder is below 2⁻²⁶
   * x: 2 ulp, without a division.
   */
  static FloatVector tanhOfSmall(FloatVector x) {
    FloatVector square = x.mul(x);
    FloatVector p = square.broadcast(T9).fma(square, square.broadcast(T7));
    p = p.fma(square, square.broadcast(T5));
    p = p.fma(square, square.broadcast(T3));
    return p.mul(square).fma(x, x);
  }
}
