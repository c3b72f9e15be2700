package lemniscate.backend.cpu;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

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

  private static DoubleVector expm1Reduced(DoubleVector r) {
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
