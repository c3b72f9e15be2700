/*
 * exp, tanh, the logistic function and the parts of GELU of vectors, from additions, products, fused multiply-adds, one division and
 * operations on bits: the same bits on every instruction set.
 *
 * All rest on x = n ln 2 + r, |r| <= ln 2 / 2, and a polynomial for exp(r) - 1. Errors: 2 ulp, down to the smallest denormal number;
 * NaN stays NaN.
 */
#ifndef LEMNISCATE_FUNCTIONS_H
#define LEMNISCATE_FUNCTIONS_H

#include "loop.h"

#define LOG2_E 1.4426950408889634
#define GELU_SCALE 0.7978845608028654 /* sqrt(2/pi) */
#define GELU_CUBIC 0.044715

/* Largest argument of tanh_of_small. */
#define SMALL 0.25

/*
 * ln 2 comes in two parts, the first short enough that n times it is exact. Adding ROUNDING leaves the nearest integer in the low bits
 * of the sum. exp of less than EXP_MIN is 0, of more than EXP_MAX infinite. From TANH_SATURATION on tanh rounds to 1, from -CLOSED on
 * u times the logistic function of u to 0, from -GELU_CLOSED on GELU. LIFT keeps exp(-|u|) a normal number up to there.
 */
#if REAL_BITS == 32
#define LN2_HIGH 0.693359375
#define LN2_LOW (-2.12194440e-4)
#define ROUNDING 0x1.8p23
#define EXP_MIN (-104.0)
#define EXP_MAX 89.0
#define TANH_SATURATION 10.0
#define CLOSED 110.0
#define GELU_CLOSED 11.0
#define LIFT 0x1p64
/* Taylor's coefficients and what r^8/8! is nearest to on |r| <= ln 2 / 2, by Chebyshev's polynomial. */
static const real EXPM1[] = {1.0 / 5040, 1.0 / 720 + 5.958e-6, 1.0 / 120, 1.0 / 24 - 4.473e-7, 1.0 / 6, 1.0 / 2};
static const real TANH[] = {62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3};
#else
#define LN2_HIGH 6.93147180369123816490e-01
#define LN2_LOW 1.90821492927058770002e-10
#define ROUNDING 0x1.8p52
#define EXP_MIN (-746.0)
#define EXP_MAX 710.0
#define TANH_SATURATION 20.0
#define CLOSED 760.0
#define GELU_CLOSED 22.0
#define LIFT 0x1p512
static const real EXPM1[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
                             1.0 / 5040,       1.0 / 720,       1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2};
static const real TANH[] = {58870668456604.0 / 3698160658676859375.0,
                            -113927491862.0 / 2900518163668125.0,
                            18888466084.0 / 194896477400625.0,
                            -443861162.0 / 1856156927625.0,
                            6404582.0 / 10854718875.0,
                            -929569.0 / 638512875,
                            21844.0 / 6081075,
                            -1382.0 / 155925,
                            62.0 / 2835,
                            -17.0 / 315,
                            2.0 / 15,
                            -1.0 / 3};
#endif

#define HORNER(coefficients, x) horner(coefficients, (int)(sizeof(coefficients) / sizeof(real)), x)
INLINE vec horner(const real *coefficients, int count, vec x) {
  vec p = splat(coefficients[0]);
  UNROLL for (int k = 1; k < count; k++) { p = fma_(p, x, splat(coefficients[k])); }
  return p;
}

INLINE vec no_more_than(double bound, vec x) { return choose(greater(x, all(bound)), all(bound), x); }

/* The nearest integer to x / ln 2, plus ROUNDING: the form that power_of_two takes. */
INLINE vec rounded_quotient(vec x) { return fma_(x, all(LOG2_E), all(ROUNDING)); }

/* exp(r) - 1 for |r| <= ln 2 / 2, with its relative precision kept near 0. */
INLINE vec expm1_reduced(vec r) { return fma_(HORNER(EXPM1, r) * r, r, r); }

INLINE vec reduce(vec x, vec n) { return fnma_(n, all(LN2_LOW), fnma_(n, all(LN2_HIGH), x)); }

INLINE vec exp_(vec x) {
  vec bounded = no_more_than(EXP_MAX, choose(less(x, all(EXP_MIN)), all(EXP_MIN), x));
  vec rounded = rounded_quotient(bounded);
  vec n = rounded - all(ROUNDING);
  vec p = expm1_reduced(reduce(bounded, n));
  /* In two factors: the power itself may be denormal or too large. */
  mask below = less(n, all(0));
  vec power = power_of_two(rounded + choose(below, all(64), all(-64)), 1);
  return fma_(p, power, power) * choose(below, all(0x1p-64), all(0x1p64));
}

/* tanh x = sign(x) E/(E + 2), E = exp(2|x|) - 1. */
INLINE vec tanh_(vec x) {
  vec bounded = no_more_than(TANH_SATURATION, magnitude(x));
  vec y = bounded + bounded;
  vec rounded = rounded_quotient(y);
  vec p = expm1_reduced(reduce(y, rounded - all(ROUNDING)));
  vec power = power_of_two(rounded, 1);
  vec e = fma_(p, power, power - all(1));
  vec sum = e + all(2);
  vec t = e / sum;
  /* What the sum has lost to rounding, where that makes 2 ulp in all; 0.46 is about 1/(E + 2) there. */
  vec lost = choose(greater(e, all(2)), all(0), e - (sum - all(2)));
  return with_sign(fma_(t * all(-0.46), lost, t), x);
}

/* tanh x for |x| <= SMALL by its Taylor polynomial, without a division. */
INLINE vec tanh_of_small(vec x) {
  vec square = x * x;
  return fma_(HORNER(TANH, square) * square, x, x);
}

/* tanh x by whichever form is right for the lane; the quick one alone where that is all lanes. */
INLINE vec tanh_by_size(vec x) {
  vec t = tanh_of_small(x);
  mask large = greater(magnitude(x), all(SMALL));
  return any(large) ? choose(large, tanh_(x), t) : t;
}

/* ---------------------------------------------------------------- the logistic function */

/* Activations made of the logistic function: of u itself, u times that, and GELU's u times that of 2 GELU_SCALE (u + GELU_CUBIC u^3). */
enum unit { SIGMOID, SILU, GELU };

/* exp(-a) = (1 + expm1) power / LIFT of an a >= 0; power is a normal number. */
struct exponential {
  vec expm1, power;
};

INLINE struct exponential lifted(vec minus_high, vec low) {
  vec rounded = rounded_quotient(minus_high);
  vec n = rounded - all(ROUNDING);
  vec r = fnma_(n, all(LN2_HIGH), minus_high) - fma_(n, all(LN2_LOW), low);
  return (struct exponential){expm1_reduced(r), power_of_two(rounded, (real)LIFT)};
}

/*
 * GELU's argument is m (LINEAR + CUBIC m^2). The tail multiplies its error by the argument itself, so that both factors have a second
 * part. The first of LINEAR is cut to so few binary places that its difference to the sum is exact.
 */
#define LINEAR (2 * GELU_SCALE)
#define CUBIC (LINEAR * GELU_CUBIC)
#if REAL_BITS == 32
#define LINEAR_HIGH (__builtin_rint(LINEAR * 0x1p20) * 0x1p-20)
#define CUBIC_LOW (CUBIC - (double)(real)CUBIC)
#else
#define LINEAR_HIGH (__builtin_rint(LINEAR * 0x1p46) * 0x1p-46)
#define CUBIC_LOW __builtin_fma(LINEAR, GELU_CUBIC, -CUBIC)
#endif

INLINE struct exponential gelu_exponential(vec m) {
  vec minus = -m;
  vec square = m * m;
  vec square_low = fma_(minus, m, square);
  vec slope = fma_(square, all(CUBIC), all(LINEAR_HIGH));
  vec slope_low = fma_(square, all(CUBIC), all(LINEAR_HIGH) - slope);
  slope_low = fma_(square, all(CUBIC_LOW), slope_low);
  slope_low = fnma_(square_low, all(CUBIC), slope_low) + all(LINEAR - LINEAR_HIGH);
  vec high = minus * slope;
  return lifted(high, fma_(m, slope_low, fma_(m, slope, high)));
}

/* |u|, but for what is so large that it makes no difference. */
INLINE vec bounded(enum unit unit, vec u) { return no_more_than(unit == GELU ? GELU_CLOSED : CLOSED, magnitude(u)); }

/* exp(-|argument of the logistic function|), of a bounded |u|. */
INLINE struct exponential exponential_of(enum unit unit, vec m) { return unit == GELU ? gelu_exponential(m) : lifted(-m, all(0)); }

/* With e = exp(-a): part (1 + expm1)/(1 + e) or, where open, factor/(1 + e). So nothing cancels. */
INLINE vec quotient(vec factor, vec part, struct exponential x, mask open) {
  vec e = fma_(x.expm1, x.power, x.power) * all(1 / LIFT);
  vec sum = e + all(1);
  vec numerator = fma_(x.expm1, part, part);
  vec value = choose(open, factor, numerator) / sum;
  /* What numerator, sum and quotient have lost to rounding, over 1 + e. */
  vec lost = fma_(x.expm1, part, part - numerator) + fnma_(value, sum, numerator);
  lost = fnma_(value, e - (sum - all(1)), lost);
  lost *= fma_(e, all(-0.5), all(1));
  return choose(open, value, value + lost);
}

/* The activation itself. */
INLINE vec unit_value(enum unit unit, vec u) {
  vec m = bounded(unit, u);
  struct exponential x = exponential_of(unit, m);
  mask open = at_least(u, all(0));
  vec value = unit == SIGMOID ? quotient(all(1), x.power, x, open) : quotient(u, -m * x.power, x, open);
  return value * choose(open, all(1), all(1 / LIFT));
}

/* The logistic function on the side where it is below 1/2: of -|argument|. */
INLINE vec unit_tail(enum unit unit, vec u) {
  struct exponential x = exponential_of(unit, bounded(unit, u));
  return quotient(x.power, x.power, x, (mask){0}) * all(1 / LIFT);
}

/*
 * The derivative from the tail. Of u times the logistic function it is, for negative u, tail (1 - |u| (argument)' (1 - tail)), accurate
 * but next to its zero; for others 1 less that of -u.
 */
INLINE vec unit_derivative(enum unit unit, vec u, vec tail) {
  vec rest = all(1) - tail;
  if (unit == SIGMOID) {
    return tail * rest;
  }
  vec m = bounded(unit, u);
  vec slope = unit == GELU ? m * fma_(m * m, all(3 * CUBIC), all(LINEAR)) : m;
  vec left = fnma_(slope, rest, all(1)) * tail;
  return choose(at_least(u, all(0)), all(1) - left, left);
}

/* By how much the logistic function moves with u by z, from the tails before and after and tanh of half of what its argument moves by. */
INLINE vec logistic_difference(vec u, vec sum, vec before, vec after, vec tanh_of_half) {
  vec same = fma_(all(1) - before, after, (all(1) - after) * before);
  vec bell = choose(less(u, all(0)) ^ less(sum, all(0)), all(1) - same, same);
  /* Not 0 times what has overflowed. */
  return choose(greater(bell, all(0)), tanh_of_half * bell, bell);
}

#endif
