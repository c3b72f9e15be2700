/*
 * What the elementwise loops have in common: one signature, so that Java has one method handle for all, and the round over whole
 * vectors with the rest in one part of a vector. An element goes through the same operations wherever a range is cut.
 */
#ifndef LEMNISCATE_LOOP_H
#define LEMNISCATE_LOOP_H

#include "vec.h"

/* What a loop is given: factors, operands from their first element on, and a matrix's shape. */
struct call {
  double s0, s1, s2, s3, s4, s5;
  real *x0, *x1, *x2, *x3, *x4, *x5;
  long rows, columns;
};

#define UNUSED __attribute__((unused))

/* Of every loop; it goes over elements (or rows, or columns) `from` (inclusive) to `to` (exclusive) and returns its sum, if any. */
#define PARAMETERS                                                                                                                 \
  UNUSED double s0, UNUSED double s1, UNUSED double s2, UNUSED double s3, UNUSED double s4, UNUSED double s5, UNUSED real *x0,      \
      UNUSED real *x1, UNUSED real *x2, UNUSED real *x3, UNUSED real *x4, UNUSED real *x5, UNUSED long rows, UNUSED long columns,  \
      long from, long to
#define CALL ((struct call){s0, s1, s2, s3, s4, s5, x0, x1, x2, x3, x4, x5, rows, columns})

/* n elements, all of a vector where n is known to be that when it is compiled. */
INLINE vec get(const real *p, long n) { return n == LANES ? load(p) : load_part(p, n); }
INLINE void put(real *p, vec v, long n) {
  if (n == LANES) {
    store(p, v);
  } else {
    store_part(p, v, n);
  }
}

/* A constant or factor in every lane. */
INLINE vec all(double x) { return splat((real)x); }

/* The loop `name` of name_at(call, first element, number of elements). */
#define LOOP(name)                                                                                                                 \
  double EXPORT(name)(PARAMETERS) {                                                                                                \
    const struct call c = CALL;                                                                                                    \
    long i = from;                                                                                                                 \
    for (; i + LANES <= to; i += LANES) {                                                                                          \
      name##_at(c, i, LANES);                                                                                                      \
    }                                                                                                                              \
    if (i < to) {                                                                                                                  \
      name##_at(c, i, to - i);                                                                                                     \
    }                                                                                                                              \
    return 0;                                                                                                                      \
  }

/* The loop `name` over rows of name_at(call, first element of the row, first column, number of columns). */
#define ROW_LOOP(name)                                                                                                             \
  double EXPORT(name)(PARAMETERS) {                                                                                                \
    const struct call c = CALL;                                                                                                    \
    for (long row = from; row < to; row++) {                                                                                       \
      long i = 0;                                                                                                                  \
      for (; i + LANES <= columns; i += LANES) {                                                                                   \
        name##_at(c, row * columns, i, LANES);                                                                                     \
      }                                                                                                                            \
      if (i < columns) {                                                                                                           \
        name##_at(c, row * columns, i, columns - i);                                                                               \
      }                                                                                                                            \
    }                                                                                                                              \
    return 0;                                                                                                                      \
  }

#endif
