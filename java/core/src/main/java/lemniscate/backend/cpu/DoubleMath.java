package lemniscate.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import lemniscate.backend.Activation;

/** {@link FloatMath} in double precision: the Taylor polynomial goes to r¹³. */
final class DoubleMath {

  static final VectorSpecies<Double> SPECIES = DoubleVector.SPECIES_PREFERRED;

  private static final double LOG2_E = 1.4426950408889634;
  private static final double LN2_HIGH = 6.93147180369123816490e-01;
  private static final double LN2_LOW = 1.90821492927058770002e-10;
  // 1.5 · 2⁵²
  private static final double ROUNDING = 6755399441055744.0;
  private static final int EXPONENT_SHIFT = 52;
  private static final double EXP_MIN = -707.7;
  private static final double EXP_MAX = 709.7;
  private static final double TANH_SATURATION = 20;

  private static final double C13 = 1.0 / 6227020800L;
  private static final double C12 = 1.0 / 479001600;
  private static final double C11 = 1.0 / 39916800;
  private static final double C10 = 1.0 / 3628800;
  private static final double C9 = 1.0 / 362880;
  private static final double C8 = 1.0 / 40320;
  private static final double C7 = 1.0 / 5040;
  private static final double C6 = 1.0 / 720;
  private static final double C5 = 1.0 / 120;
  private static final double C4 = 1.0 / 24;
  private static final double C3 = 1.0 / 6;
  private static final double C2 = 1.0 / 2;

  private DoubleMath() {}

  static DoubleVector expm1Reduced(DoubleVector r) {
    DoubleVector p = r.broadcast(C13).fma(r, r.broadcast(C12));
    p = p.fma(r, r.broadcast(C11));
    p = p.fma(r, r.broadcast(C10));
    p = p.fma(r, r.broadcast(C9));
    p = p.fma(r, r.broadcast(C8));
    p = p.fma(r, r.broadcast(C7));
    p = p.fma(r, r.broadcast(C6));
    p = p.fma(r, r.broadcast(C5));
    p = p.fma(r, r.broadcast(C4));
    p = p.fma(r, r.broadcast(C3));
    p = p.fma(r, r.broadcast(C2));
    return p.mul(r).fma(r, r);
  }

  private static DoubleVector reduce(DoubleVector x, DoubleVector n) {
    return n.fma(n.broadcast(-LN2_LOW), n.fma(n.broadcast(-LN2_HIGH), x));
  }

  private static DoubleVector powerOfTwo(DoubleVector rounded) {
    LongVector bits = rounded.reinterpretAsLongs();
    return bits.lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
        .add(Double.doubleToRawLongBits(1.0))
        .reinterpretAsDoubles();
  }

  /** exp x; NaN stays NaN, results below the normal range are 0. */
  static DoubleVector exp(DoubleVector x) {
    VectorMask<Double> low = x.compare(VectorOperators.LT, EXP_MIN);
    VectorMask<Double> high = x.compare(VectorOperators.GT, EXP_MAX);
    DoubleVector clamped = x.blend(EXP_MIN, low).blend(EXP_MAX, high);
    DoubleVector rounded = clamped.fma(x.broadcast(LOG2_E), x.broadcast(ROUNDING));
    DoubleVector n = rounded.sub(ROUNDING);
    DoubleVector p = expm1Reduced(reduce(clamped, n));
    DoubleVector half = powerOfTwo(rounded.sub(1.0));
    DoubleVector value = p.fma(half, half).mul(2.0);
    return value.blend(0.0, low).blend(Double.POSITIVE_INFINITY, high);
  }

  /** tanh x; NaN stays NaN. */
  static DoubleVector tanh(DoubleVector x) {
    DoubleVector magnitude = x.lanewise(VectorOperators.ABS);
    DoubleVector bounded =
        magnitude.blend(TANH_SATURATION, magnitude.compare(VectorOperators.GT, TANH_SATURATION));
    DoubleVector y = bounded.add(bounded);
    DoubleVector rounded = y.fma(y.broadcast(LOG2_E), y.broadcast(ROUNDING));
    DoubleVector n = rounded.sub(ROUNDING);
    DoubleVector p = expm1Reduced(reduce(y, n));
    DoubleVector scale = powerOfTwo(rounded);
    DoubleVector e = p.fma(scale, scale.sub(1.0));
    DoubleVector t = e.div(e.add(2.0));
    LongVector sign = x.reinterpretAsLongs().and(Long.MIN_VALUE);
    return t.reinterpretAsLongs().or(sign).reinterpretAsDoubles();
  }

  // ---------------------------------------------------------------- GELU

  /** From u = −{@value} on, GELU rounds to 0. */
  private static final double GELU_CLOSED = 22;

  /** What exp(−|2p|) is multiplied by to remain a normal number up to there. */
  private static final double LIFT = 0x1p512;

  // Cut to 46 binary places: the sum is below 64.
  private static final double LINEAR = 2 * Activation.GELU_SCALE;
  private static final double CUBIC = LINEAR * Activation.GELU_CUBIC;
  private static final double LINEAR_HIGH = Math.rint(LINEAR * 0x1p46) * 0x1p-46;
  private static final double LINEAR_LOW = LINEAR - LINEAR_HIGH;
  private static final double CUBIC_LOW = Math.fma(LINEAR, Activation.GELU_CUBIC, -CUBIC);

  // |u|, but for what is so large that it makes no difference.
  private static DoubleVector geluBounded(DoubleVector u) {
    DoubleVector magnitude = u.lanewise(VectorOperators.ABS);
    return magnitude.blend(GELU_CLOSED, magnitude.compare(VectorOperators.GT, GELU_CLOSED));
  }

  // |2p|/m, but for the rounding.
  private static DoubleVector geluSlope(DoubleVector square) {
    return square.fma(square.broadcast(CUBIC), square.broadcast(LINEAR_HIGH));
  }

  // n of −2p = n ln 2 + r, in the form that powerOfTwo takes.
  private static DoubleVector geluRounded(DoubleVector argument) {
    return argument.fma(argument.broadcast(LOG2_E), argument.broadcast(ROUNDING));
  }

  /** r of −|2p| = n ln 2 + r, where p = k (u + c u³) is the argument of GELU. */
  static DoubleVector geluReduced(DoubleVector u) {
    DoubleVector m = geluBounded(u);
    DoubleVector minus = m.neg();
    DoubleVector square = m.mul(m);
    DoubleVector squareLow = minus.fma(m, square);
    DoubleVector slope = geluSlope(square);
    DoubleVector slopeLow = m.broadcast(LINEAR_HIGH).sub(slope);
    slopeLow = square.fma(m.broadcast(CUBIC), slopeLow);
    slopeLow = square.fma(m.broadcast(CUBIC_LOW), slopeLow);
    slopeLow = squareLow.fma(m.broadcast(-CUBIC), slopeLow).add(LINEAR_LOW);
    DoubleVector high = minus.mul(slope);
    DoubleVector low = m.fma(slopeLow, m.fma(slope, high));
    DoubleVector n = geluRounded(high).sub(ROUNDING);
    DoubleVector r = n.fma(m.broadcast(-LN2_HIGH), high);
    return r.sub(n.fma(m.broadcast(LN2_LOW), low));
  }

  /** GELU, u σ(2p), of u and the exp(r) − 1 of {@link #geluReduced}; NaN stays NaN. */
  static DoubleVector gelu(DoubleVector u, DoubleVector expm1) {
    DoubleVector m = geluBounded(u);
    VectorMask<Double> open = u.compare(VectorOperators.GE, 0.0);
    DoubleVector power = geluPower(m);
    DoubleVector lifted = quotient(u, m.neg().mul(power), power, expm1, open);
    return lifted.mul(m.broadcast(1 / LIFT).blend(1.0, open));
  }

  /** σ(−|2p|) of u and the exp(r) − 1 of {@link #geluReduced}. */
  static DoubleVector geluTail(DoubleVector u, DoubleVector expm1) {
    DoubleVector power = geluPower(geluBounded(u));
    VectorMask<Double> never = power.compare(VectorOperators.LT, 0.0);
    return quotient(u, power, power, expm1, never).mul(1 / LIFT);
  }

  // LIFT times 2ⁿ.
  private static DoubleVector geluPower(DoubleVector m) {
    DoubleVector rounded = geluRounded(m.neg().mul(geluSlope(m.mul(m))));
    return rounded
        .reinterpretAsLongs()
        .lanewise(VectorOperators.LSHL, EXPONENT_SHIFT)
        .add(Double.doubleToRawLongBits(LIFT))
        .reinterpretAsDoubles();
  }

  // With e = exp(−|2p|) = (1 + expm1) power/LIFT: part (1 + expm1)/(1 + e) or, where open,
  // factor/(1 + e). So
  // nothing cancels.
  private static DoubleVector quotient(
      DoubleVector factor,
      DoubleVector part,
      DoubleVector power,
      DoubleVector expm1,
      VectorMask<Double> open) {
    DoubleVector e = expm1.fma(power, power).mul(1 / LIFT);
    DoubleVector sum = e.add(1.0);
    DoubleVector numerator = expm1.fma(part, part);
    return numerator.blend(factor, open).div(sum);
  }

  /**
   * φ′(u) of GELU from tail = σ(−|2p|): for negative u tail (1 − |u| (2p)′ (1 − tail)), which is
   * accurate but next to its zero (u ≈ −0.75), for others φ′(u) = 1 − φ′(−u).
   */
  static DoubleVector geluDerivative(DoubleVector u, DoubleVector tail) {
    DoubleVector m = geluBounded(u);
    DoubleVector one = m.broadcast(1.0);
    DoubleVector slope = m.mul(m).fma(m.broadcast(3 * CUBIC), m.broadcast(LINEAR));
    DoubleVector left = m.mul(slope).neg().fma(one.sub(tail), one).mul(tail);
    return left.blend(one.sub(left), u.compare(VectorOperators.GE, 0.0));
  }

  /** Largest argument of {@link #tanhOfSmall}. */
  static final double SMALL = 0.25;

  private static final double T25 = 58870668456604.0 / 3698160658676859375L;
  private static final double T23 = -113927491862.0 / 2900518163668125L;
  private static final double T21 = 18888466084.0 / 194896477400625L;
  private static final double T19 = -443861162.0 / 1856156927625L;
  private static final double T17 = 6404582.0 / 10854718875L;
  private static final double T15 = -929569.0 / 638512875;
  private static final double T13 = 21844.0 / 6081075;
  private static final double T11 = -1382.0 / 155925;
  private static final double T9 = 62.0 / 2835;
  private static final double T7 = -17.0 / 315;
  private static final double T5 = 2.0 / 15;
  private static final double T3 = -1.0 / 3;

  /** tanh x for |x| ≤ {@link #SMALL}: the polynomial goes to x²⁵. */
  static DoubleVector tanhOfSmall(DoubleVector x) {
    DoubleVector square = x.mul(x);
    DoubleVector p = square.broadcast(T25).fma(square, square.broadcast(T23));
    p = p.fma(square, square.broadcast(T21));
    p = p.fma(square, square.broadcast(T19));
    p = p.fma(square, square.broadcast(T17));
    p = p.fma(square, square.broadcast(T15));
    p = p.fma(square, square.broadcast(T13));
    p = p.fma(square, square.broadcast(T11));
    p = p.fma(square, square.broadcast(T9));
    p = p.fma(square, square.broadcast(T7));
    p = p.fma(square, square.broadcast(T5));
    p = p.fma(square, square.broadcast(T3));
    return p.mul(square).fma(x, x);
  }
}
