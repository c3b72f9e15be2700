/* Loops over elements and rows that know no activation: sums of arrays, passes of predictive coding, losses, optimisers. */
#include "functions.h"

/* ---------------------------------------------------------------- elements */

/* x0 = s0. */
INLINE void fill_at(struct call c, long i, long n) { put(c.x0 + i, all(c.s0), n); }
LOOP(fill)

/* x0 *= s0. */
INLINE void scale_at(struct call c, long i, long n) { put(c.x0 + i, get(c.x0 + i, n) * all(c.s0), n); }
LOOP(scale)

/* x0 += s0. */
INLINE void shift_at(struct call c, long i, long n) { put(c.x0 + i, get(c.x0 + i, n) + all(c.s0), n); }
LOOP(shift)

/* x1 += s0 x0. */
INLINE void axpy_at(struct call c, long i, long n) {
  put(c.x1 + i, fma_(get(c.x0 + i, n), all(c.s0), get(c.x1 + i, n)), n);
}
LOOP(axpy)

/* x1 *= x0. */
INLINE void multiply_at(struct call c, long i, long n) { put(c.x1 + i, get(c.x0 + i, n) * get(c.x1 + i, n), n); }
LOOP(multiply)

/* x1 = -1, 0 or 1 as x0 is; NaN, 0 and -0 as they are. */
INLINE void sign_at(struct call c, long i, long n) {
  vec x = get(c.x0 + i, n);
  put(c.x1 + i, choose(greater(magnitude(x), all(0)), with_sign(all(1), x), x), n);
}
LOOP(sign)

/* x0 = exp x0. */
INLINE void exponential_at(struct call c, long i, long n) { put(c.x0 + i, exp_(get(c.x0 + i, n)), n); }
LOOP(exponential)

/* ---------------------------------------------------------------- rows and columns */

/* x1[row, :] += x0. */
INLINE void add_row_at(struct call c, long row, long i, long n) {
  put(c.x1 + row + i, get(c.x1 + row + i, n) + get(c.x0 + i, n), n);
}
ROW_LOOP(add_row)

/* x2[row, :] = x0 x1[row, :]; x2 may be x1. */
INLINE void multiply_row_at(struct call c, long row, long i, long n) {
  put(c.x2 + row + i, get(c.x0 + i, n) * get(c.x1 + row + i, n), n);
}
ROW_LOOP(multiply_row)

/* x1[column] = s0 times the sum of x0's column, for `count` vectors of n columns: several, to read whole cache lines. */
INLINE void column_sums(struct call c, long i, int count, long n) {
  vec sums[8] = {0};
  for (long row = 0; row < c.rows; row++) {
    UNROLL for (int k = 0; k < count; k++) { sums[k] += get(c.x0 + row * c.columns + i + k * LANES, n); }
  }
  UNROLL for (int k = 0; k < count; k++) { put(c.x1 + i + k * LANES, sums[k] * all(c.s0), n); }
}

double EXPORT(column_sum)(PARAMETERS) {
  const struct call c = CALL;
  long i = from;
  for (; i + 8 * LANES <= to; i += 8 * LANES) {
    column_sums(c, i, 8, LANES);
  }
  /* Few channels of many places: memory is read once, not once a vector. */
  for (; i + 4 * LANES <= to; i += 4 * LANES) {
    column_sums(c, i, 4, LANES);
  }
  for (; i + 2 * LANES <= to; i += 2 * LANES) {
    column_sums(c, i, 2, LANES);
  }
  for (; i + LANES <= to; i += LANES) {
    column_sums(c, i, 1, LANES);
  }
  if (i < to) {
    column_sums(c, i, 1, to - i);
  }
  return 0;
}

/* ---------------------------------------------------------------- sums */

/* Sums run in double in so many lanes on every instruction set, so that their order is the same. */
#define SUM_LANES 16
typedef real narrow_in_memory __attribute__((vector_size(WIDE * sizeof(real)), aligned(sizeof(real)), may_alias));
INLINE wide widen(const real *p) { return __builtin_convertvector(*(const narrow_in_memory *)p, wide); }

/* The sum of name_term(call, element of x, element of y) over n elements; an operand of which no term is made may be any. */
#define SUM(name)                                                                                                                  \
  INLINE double name##_of(struct call c, const real *x, const real *y, long n) {                                                   \
    wide sums[SUM_LANES / WIDE] = {0};                                                                                             \
    long i = 0;                                                                                                                    \
    for (; i + SUM_LANES <= n; i += SUM_LANES) {                                                                                   \
      UNROLL for (int k = 0; k < SUM_LANES / WIDE; k++) {                                                                          \
        sums[k] += name##_term(c, widen(x + i + k * WIDE), widen(y + i + k * WIDE));                                               \
      }                                                                                                                            \
    }                                                                                                                              \
    double lanes[SUM_LANES];                                                                                                       \
    memcpy(lanes, sums, sizeof lanes);                                                                                             \
    if (i < n) {                                                                                                                   \
      real rest[2][SUM_LANES] = {{0}};                                                                                             \
      memcpy(rest[0], x + i, (size_t)(n - i) * sizeof(real));                                                                      \
      memcpy(rest[1], y + i, (size_t)(n - i) * sizeof(real));                                                                      \
      UNROLL for (int k = 0; k < SUM_LANES / WIDE; k++) {                                                                          \
        sums[k] = name##_term(c, widen(rest[0] + k * WIDE), widen(rest[1] + k * WIDE));                                            \
      }                                                                                                                            \
      double terms[SUM_LANES];                                                                                                     \
      memcpy(terms, sums, sizeof terms);                                                                                           \
      for (long k = 0; k < n - i; k++) {                                                                                           \
        lanes[k] += terms[k];                                                                                                      \
      }                                                                                                                            \
    }                                                                                                                              \
    UNROLL for (int half = SUM_LANES / 2; half > 0; half /= 2) {                                                                   \
      UNROLL for (int k = 0; k < half; k++) { lanes[k] += lanes[k + half]; }                                                       \
    }                                                                                                                              \
    return lanes[0];                                                                                                               \
  }
#define SUM_LOOP(name, x, y)                                                                                                       \
  SUM(name)                                                                                                                        \
  double EXPORT(name)(PARAMETERS) { return name##_of(CALL, x + from, y + from, to - from); }

/* The sum of x0. */
INLINE wide sum_term(UNUSED struct call c, wide x, UNUSED wide y) { return x; }
SUM_LOOP(sum, x0, x0)

/* The sum of x0^2. */
INLINE wide sum_of_squares_term(UNUSED struct call c, wide x, UNUSED wide y) { return x * x; }
SUM_LOOP(sum_of_squares, x0, x0)

/* The sum of (x0 - s0)^2. */
INLINE wide sum_of_squared_deviations_term(struct call c, wide x, UNUSED wide y) { return (x - c.s0) * (x - c.s0); }
SUM_LOOP(sum_of_squared_deviations, x0, x0)

/* The sum of (x0 + x1)^2. */
INLINE wide sum_of_moved_squares_term(UNUSED struct call c, wide x, wide y) { return (x + y) * (x + y); }
SUM_LOOP(sum_of_moved_squares, x0, x1)

/* The sum of (x0 + x1)^2 - x0^2, without subtracting nearly equal numbers. */
INLINE wide sum_of_change_term(UNUSED struct call c, wide x, wide y) { return y * (x + (x + y)); }
SUM_LOOP(sum_of_change, x0, x1)

/* ---------------------------------------------------------------- rows of mean square 1 */

/* The mean of a row where it is taken away, else 0. */
INLINE double mean_of(double centred, const real *x, long n) {
  return centred == 0 ? 0 : sum_of((struct call){0}, x, x, n) / (double)n;
}

/* The loop over a row of name_at(call, first element of the row, first column, number of columns). */
#define EACH_COLUMN(name, c, row)                                                                                                  \
  do {                                                                                                                             \
    long i = 0;                                                                                                                    \
    for (; i + LANES <= (c).columns; i += LANES) name##_at(c, row, i, LANES);                                                      \
    if (i < (c).columns) name##_at(c, row, i, (c).columns - i);                                                                    \
  } while (0)

/* x1 = (x0 - s2) / s3, 0 where that is 0. */
INLINE void standardize_at(struct call c, long row, long i, long n) {
  put(c.x1 + row + i, (real)c.s3 == 0 ? all(0) : (get(c.x0 + row + i, n) - all(c.s2)) / all(c.s3), n);
}

/* Rows of x1 = x0, less their mean where s0 is not 0, over their deviation x2 = sqrt(mean square + s1). */
double EXPORT(standardize)(PARAMETERS) {
  struct call c = CALL;
  for (long row = from; row < to; row++) {
    const real *x = x0 + row * columns;
    c.s2 = mean_of(s0, x, columns);
    const double squares = sum_of_squared_deviations_of((struct call){.s0 = c.s2}, x, x, columns);
    c.s3 = __builtin_sqrt(squares / (double)columns + s1);
    x2[row] = (real)c.s3;
    EACH_COLUMN(standardize, c, row * columns);
  }
  return 0;
}

/* The sum of m (s1 x0 + m) with m = x1 - s0. */
INLINE wide moved_by_term(struct call c, wide x, wide y) {
  const wide move = y - c.s0;
  return move * (c.s1 * x + move);
}
SUM(moved_by)

/* x3 = (x2 - s1 - x0 s2) / s3; where that is 0, -x0. */
INLINE void standardized_difference_at(struct call c, long row, long i, long n) {
  const vec normal = get(c.x0 + row + i, n);
  const vec left = fnma_(normal, all(c.s2), get(c.x2 + row + i, n) - all(c.s1));
  put(c.x3 + row + i, (real)c.s3 == 0 ? -normal : left / all(c.s3), n);
}

/*
 * Rows of x3 = by how much rows x0 of mean square 1 and deviation x1 move when x2 is added to what they were made of, x4 = the deviation
 * then. s0 as above.
 */
double EXPORT(standardized_difference)(PARAMETERS) {
  struct call c = CALL;
  for (long row = from; row < to; row++) {
    const double deviation = x1[row];
    const real *move = x2 + row * columns;
    c.s1 = mean_of(s0, move, columns);
    const double change =
        moved_by_of((struct call){.s0 = c.s1, .s1 = 2 * deviation}, x0 + row * columns, move, columns) / (double)columns;
    const double variance = deviation * deviation + change;
    /* Rounding may take a variance that was all but 0 below it. */
    c.s3 = variance > 0 ? __builtin_sqrt(variance) : variance == variance ? 0 : variance;
    c.s2 = deviation + c.s3 == 0 ? 0 : change / (deviation + c.s3);
    x4[row] = (real)c.s3;
    EACH_COLUMN(standardized_difference, c, row * columns);
  }
  return 0;
}

/* The sum of x0 x1. */
INLINE wide sum_of_products_term(UNUSED struct call c, wide x, wide y) { return x * y; }
SUM(sum_of_products)

/* x3 = (x2 - s1 - x0 s2) / s3, 0 where that is 0. */
INLINE void standardize_back_at(struct call c, long row, long i, long n) {
  const vec left = fnma_(get(c.x0 + row + i, n), all(c.s2), get(c.x2 + row + i, n) - all(c.s1));
  put(c.x3 + row + i, (real)c.s3 == 0 ? all(0) : left / all(c.s3), n);
}

/* Rows of x3 = the adjoint of `standardize` on x2, where it gave x0 and the deviation x1. s0 as above. */
double EXPORT(standardize_back)(PARAMETERS) {
  struct call c = CALL;
  for (long row = from; row < to; row++) {
    const real *d = x2 + row * columns;
    c.s1 = mean_of(s0, d, columns);
    c.s2 = sum_of_products_of(c, x0 + row * columns, d, columns) / (double)columns;
    c.s3 = x1[row];
    EACH_COLUMN(standardize_back, c, row * columns);
  }
  return 0;
}

/* ---------------------------------------------------------------- predictive coding */

/* s0 error - gate back, the gate 1 where there is none. */
INLINE vec gradient_of(real precision, const real *error, const real *gate, const real *back, long i, long n) {
  vec pull = get(error + i, n) * splat(precision);
  return gate == NULL ? pull - get(back + i, n) : fnma_(get(gate + i, n), get(back + i, n), pull);
}

/* x2 = s0 x0 - x1 x2; x1 may be null. */
INLINE void state_gradient_at(struct call c, long i, long n) {
  put(c.x2 + i, gradient_of((real)c.s0, c.x0, c.x1, c.x2, i, n), n);
}
LOOP(state_gradient)

/* x3 -= s1 (s0 x0 - x1 x2); x1 may be null. */
INLINE void relax_state_at(struct call c, long i, long n) {
  vec gradient = gradient_of((real)c.s0, c.x0, c.x1, c.x2, i, n);
  put(c.x3 + i, fnma_(gradient, all(c.s1), get(c.x3 + i, n)), n);
}
LOOP(relax_state)

/* x2 -= s1 (s0 x2 - x0), x3 = x2 x1. */
INLINE void relax_error_at(struct call c, long i, long n) {
  vec e = get(c.x2 + i, n);
  vec moved = fnma_(e * all(c.s0) - get(c.x0 + i, n), all(c.s1), e);
  put(c.x2 + i, moved, n);
  put(c.x3 + i, moved * get(c.x1 + i, n), n);
}
LOOP(relax_error)

/* x3 = (x0 - x1) - x2; x2 may be null. */
INLINE void residual_at(struct call c, long i, long n) {
  vec e = get(c.x0 + i, n) - get(c.x1 + i, n);
  put(c.x3 + i, c.x2 == NULL ? e : e - get(c.x2 + i, n), n);
}
LOOP(residual)

/* ---------------------------------------------------------------- softmax and cross-entropy */

INLINE vec logits(const real *x, const real *shift, long i, long n) {
  return shift == NULL ? get(x + i, n) : get(x + i, n) + get(shift + i, n);
}

/* Logits of a row, out = exp(logit - the largest); returns the largest. A NaN is in their sum at last. */
INLINE real exponentials(const real *x, const real *shift, real *out, long columns) {
  real largest = -__builtin_inf();
  long i = 0;
  if (columns >= LANES) {
    vec high = logits(x, shift, 0, LANES);
    for (i = LANES; i + LANES <= columns; i += LANES) {
      vec v = logits(x, shift, i, LANES);
      high = choose(greater(v, high), v, high);
    }
    for (int k = 0; k < LANES; k++) {
      largest = high[k] > largest ? high[k] : largest;
    }
  }
  for (; i < columns; i++) {
    real v = shift == NULL ? x[i] : x[i] + shift[i];
    largest = v > largest ? v : largest;
  }
  for (i = 0; i + LANES <= columns; i += LANES) {
    put(out + i, exp_(logits(x, shift, i, LANES) - splat(largest)), LANES);
  }
  if (i < columns) {
    put(out + i, exp_(logits(x, shift, i, columns - i) - splat(largest)), columns - i);
  }
  return largest;
}

INLINE void softmax_scale_at(struct call c, long row, long i, long n) { put(c.x1 + row + i, get(c.x1 + row + i, n) * all(c.s0), n); }

/* Rows of x1 = softmax of those of x0, which may be the same. */
double EXPORT(softmax)(PARAMETERS) {
  struct call c = CALL;
  for (long row = from * columns; row < to * columns; row += columns) {
    exponentials(x0 + row, NULL, x1 + row, columns);
    c.s0 = 1 / sum_of(c, x1 + row, x1 + row, columns);
    long i = 0;
    for (; i + LANES <= columns; i += LANES) {
      softmax_scale_at(c, row, i, LANES);
    }
    if (i < columns) {
      softmax_scale_at(c, row, i, columns - i);
    }
  }
  return 0;
}

/* ln x of a normal x >= 1, by the series of 2 artanh((m - 1)/(m + 1)) for m between 1/sqrt 2 and sqrt 2; 1 ulp. */
static double logarithm(double x) {
  int64_t word;
  memcpy(&word, &x, sizeof word);
  if (!(x < __builtin_inf())) {
    return x;
  }
  int64_t exponent = (word >> 52) - 1023;
  word = (word & 0xfffffffffffff) | 0x3ff0000000000000;
  double m;
  memcpy(&m, &word, sizeof m);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent++;
  }
  double f = m - 1;
  double s = f / (2 + f);
  double square = s * s;
  double series = 0;
  for (int k = 23; k >= 3; k -= 2) {
    series = square * (series + 2.0 / k);
  }
  /* 2 s is f - s f, of which f is exact. */
  double high = (double)exponent * 6.93147180369123816490e-01;
  return high + (f - (s * (f - series) - (double)exponent * 1.90821492927058770002e-10));
}

INLINE void cross_entropy_at(struct call c, long row, long i, long n) {
  put(c.x3 + row + i, fnma_(get(c.x3 + row + i, n), all(c.s1), get(c.x2 + row + i, n)), n);
}

/*
 * Rows of x3 = x2 - softmax(x0 + x1), for targets x2; x1 may be null. Where s0 is not 0, the sum over the rows of their loss -x2 ln
 * softmax(x0 + x1) is returned.
 */
double EXPORT(cross_entropy)(PARAMETERS) {
  struct call c = CALL;
  double loss = 0;
  for (long row = from * columns; row < to * columns; row += columns) {
    const real *shift = x1 == NULL ? NULL : x1 + row;
    real largest = exponentials(x0 + row, shift, x3 + row, columns);
    double sum = sum_of(c, x3 + row, x3 + row, columns);
    c.s1 = 1 / sum;
    long i = 0;
    for (; i + LANES <= columns; i += LANES) {
      cross_entropy_at(c, row, i, LANES);
    }
    if (i < columns) {
      cross_entropy_at(c, row, i, columns - i);
    }
    if (s0 == 0) {
      continue;
    }
    double log_sum = logarithm(sum);
    for (i = 0; i < columns; i++) {
      double target = x2[row + i];
      if (target != 0) {
        double logit = (double)x0[row + i] + (shift == NULL ? 0 : (double)shift[i]);
        /* Both may be large and close: they are subtracted first. */
        loss += target * (((double)largest - logit) + log_sum);
      }
    }
  }
  return loss;
}

/* ---------------------------------------------------------------- optimisers */

/* x1 = s0 x1 - s1 x0. */
INLINE void sgd_at(struct call c, long i, long n) {
  put(c.x1 + i, fnma_(get(c.x0 + i, n), all(c.s1), get(c.x1 + i, n) * all(c.s0)), n);
}
LOOP(sgd)

/* x1 = s2 x1 + x0, x2 = s0 x2 - s1 x1. */
INLINE void momentum_at(struct call c, long i, long n) {
  vec velocity = fma_(get(c.x1 + i, n), all(c.s2), get(c.x0 + i, n));
  put(c.x1 + i, velocity, n);
  put(c.x2 + i, fnma_(velocity, all(c.s1), get(c.x2 + i, n) * all(c.s0)), n);
}
LOOP(momentum)

/* x1 = s2 x1 + (1 - s2) x0, x2 = s3 x2 + (1 - s3) x0^2, x3 = s0 x3 - s1 x1 / (sqrt(s4 x2) + s5). */
INLINE void adam_at(struct call c, long i, long n) {
  vec g = get(c.x0 + i, n);
  vec first = fma_(get(c.x1 + i, n), all(c.s2), g * all(1 - c.s2));
  vec second = fma_(get(c.x2 + i, n), all(c.s3), g * g * all(1 - c.s3));
  put(c.x1 + i, first, n);
  put(c.x2 + i, second, n);
  vec divisor = root(second * all(c.s4)) + all(c.s5);
  put(c.x3 + i, get(c.x3 + i, n) * all(c.s0) - first * all(c.s1) / divisor, n);
}
LOOP(adam)
