package lemniscate.backend.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;

/**
 * exp, tanh and the parts of GELU of float vectors from additions, products, fused multiply-adds
 * and bit operations alone. The Vector API's own library calls give other bits when interpreted
 * than when compiled, and a run must not depend on when the compiler got to it.
 *
 * <p>All rest on x = n ln 2 + r, |r| ≤ ln 2 / 2, and the Taylor polynomial of exp(r) − 1 to r⁷,
 * economised so that its remainder is below 2⁻²⁸ r. Errors: 2 ulp, of GELU down to the smallest
 * denormal number. GELU comes in parts because the compiler takes only so much into one loop.
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
  static FloatVector expm1Reduced(FloatVector r) {
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

  // ---------------------------------------------------------------- GELU

  /** From u = −{@value} on, GELU rounds to 0. */
  private static final float GELU_CLOSED = 11f;

  /** What exp(−|2p|) is multiplied by to remain a normal number up to there. */
  private static final float LIFT = 0x1p64f;

  // 2p = u (LINEAR + CUBIC u²). The tail multiplies the error of 2p by 2p itself, so that both
  // factors have a second part. The first of LINEAR is cut to 20 binary places: its difference to
  // the sum, which is below 16, is then exact.
  private static final double LINEAR = 2 * Activation.GELU_SCALE;
  private static final double CUBIC = LINEAR * Activation.GELU_CUBIC;
  private static final float LINEAR_HIGH = (float) (Math.rint(LINEAR * 0x1p20) * 0x1p-20);
  private static final float LINEAR_LOW = (float) (LINEAR - LINEAR_HIGH);
  private static final float CUBIC_HIGH = (float) CUBIC;
  private static final float CUBIC_LOW = (float) (CUBIC - CUBIC_HIGH);

  // |u|, but for what is so large that it makes no difference.
  private static FloatVector geluBounded(FloatVector u) {
    FloatVector magnitude = u.lanewise(VectorOperators.ABS);
    return magnitude.blend(GELU_CLOSED, magnitude.compare(VectorOperators.GT, GELU_CLOSED));
  }

  // |2p|/m, but for the rounding.
  private static FloatVector geluSlope(FloatVector square) {
    return square.fma(square.broadcast(CUBIC_HIGH), square.broadcast(LINEAR_HIGH));
  }

  // n of −2p = n ln 2 + r, in the form that powerOfTwo takes.
  private static FloatVector geluRounded(FloatVector argument) {
    return argument.fma(argument.broadcast(LOG2_E), argument.broadcast(ROUNDING));
  }

  /** r of −|2p| = n ln 2 + r, where p = k (u + c u³) is the argument of GELU. */
  static FloatVector geluReduced(FloatVector u) {
    FloatVector m = geluBounded(u);
    FloatVector minus = m.neg();
    FloatVector square = m.mul(m);
    FloatVector squareLow = minus.fma(m, square);
    FloatVector slope = geluSlope(square);
    FloatVector slopeLow = m.broadcast(LINEAR_HIGH).sub(slope);
    slopeLow = square.fma(m.broadcast(CUBIC_HIGH), slopeLow);
    slopeLow = square.fma(m.broadcast(CUBIC_LOW), slopeLow);
    slopeLow = squareLow.fma(m.broadcast(-CUBIC_HIGH), slopeLow).add(LINEAR_LOW);
    FloatVector high = minus.mul(slope);
    FloatVector low = m.fma(slopeLow, m.fma(slope, high));
    FloatVector n = geluRounded(high).sub(ROUNDING);
    FloatVector r = n.fma(m.broadcast(-LN2_HIGH), high);
    return r.sub(n.fma(m.broadcast(LN2_LOW), low));
  }

  /** GELU, u σ(2p), of u and the exp(r) − 1 of {@link #geluReduced}; NaN stays NaN. */
  static FloatVector gelu(FloatVector u, FloatVector expm1) {
    FloatVector m = geluBounded(u);
    VectorMask<Float> open = u.compare(VectorOperators.GE, 0f);
    FloatVector power = geluPower(m);
    FloatVector lifted = quotient(u, m.neg().mul(power), power, expm1, open);
    return lifted.mul(m.broadcast(1 / LIFT).blend(1f, open));
  }

  /** σ(−|2p|) of u and the exp(r) − 1 of {@link #geluReduced}. */
  static FloatVector geluTail(FloatVector u, FloatVector expm1) {
    FloatVector power = geluPower(geluBounded(u));
    VectorMask<Float> never = power.compare(VectorOperators.LT, 0f);
    return quotient(u, power, power, expm1, never).mul(1 / LIFT);
  }

  // LIFT times 2ⁿ.
  private static FloatVector geluPower(FloatVector m) {
    FloatVector rounded = geluRounded(m.neg().mul(geluSlope(m.mul(m))));
    return rounded
        .reinterpretAsInts()
        .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
        .add(Float.floatToRawIntBits(LIFT))
        .reinterpretAsFloats();
  }

  // With e = exp(−|2p|) = (1 + expm1) power/LIFT: part (1 + expm1)/(1 + e) or, where open,
  // factor/(1 + e). So
  // nothing cancels.
  private static FloatVector quotient(
      FloatVector factor,
      FloatVector part,
      FloatVector power,
      FloatVector expm1,
      VectorMask<Float> open) {
    FloatVector e = expm1.fma(power, power).mul(1 / LIFT);
    FloatVector sum = e.add(1f);
    FloatVector numerator = expm1.fma(part, part);
    FloatVector value = numerator.blend(factor, open).div(sum);
    // What numerator, sum and quotient have lost to rounding, over 1 + e.
    FloatVector minus = value.neg();
    FloatVector lost = expm1.fma(part, part.sub(numerator)).add(minus.fma(sum, numerator));
    lost = minus.fma(e.sub(sum.sub(1f)), lost);
    lost = lost.mul(e.fma(e.broadcast(-0.5f), e.broadcast(1f)));
    return value.add(lost.blend(0f, open));
  }

  /**
   * φ′(u) of GELU from tail = σ(−|2p|): for negative u tail (1 − |u| (2p)′ (1 − tail)), which is
   * accurate but next to its zero (u ≈ −0.75), for others φ′(u) = 1 − φ′(−u).
   */
  static FloatVector geluDerivative(FloatVector u, FloatVector tail) {
    FloatVector m = geluBounded(u);
    FloatVector one = m.broadcast(1f);
    FloatVector slope = m.mul(m).fma(m.broadcast((float) (3 * CUBIC)), m.broadcast((float) LINEAR));
    FloatVector left = m.mul(slope).neg().fma(one.sub(tail), one).mul(tail);
    return left.blend(one.sub(left), u.compare(VectorOperators.GE, 0f));
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
