/*
 * The innermost loop of products, and how their operands are laid out: see products.c.
 */
#ifndef LEMNISCATE_TILES_H
#define LEMNISCATE_TILES_H

#include "vec.h"

#if AVX512
#define ROWS 12
#define VECTORS 2
#elif AVX2
#define ROWS 6
#define VECTORS 2
#else
#define ROWS 5
#define VECTORS 4
#endif

/* Columns of a panel. */
#define PANEL (VECTORS * LANES)

/* Rows of op(B) in a block: a panel's block and a strip of op(A) beside it fit in the first-level cache. */
#define DEPTH 384L

/* Rows of op(A) that are taken through all panels before the next, so that they stay in the second-level cache. */
#define CHUNK 144L

/* Panels that are packed at a time where op(B) is used once. */
#define PANELS_AT_ONCE 8L

/* Rows of a copy of A begin this far apart, so that they don't compete for the lines of a cache. */
#define COPY_ROW (DEPTH + 16)

INLINE long least(long a, long b) { return a < b ? a : b; }

/* ---------------------------------------------------------------- tiles */

/* C's part of a tile: `columns` of it, at most PANEL, are written; `keep` times what is there is added, and is not read where it is 0. */
typedef struct {
  real alpha;
  real keep;
  real *c;
  long ldc;
  long columns;
} result;

/* Rows that one pointer reaches: row, 2 row are offsets of an address. Told apart from each other, or the compiler spills a pointer a row. */
#define REACH 3
#define HIDE(pointer) __asm__("" : "+r"(pointer))

/* sum[r][v] += Σ_u a[r row + u step] b[u][v] for u < steps. */
INLINE void outer_product(
    const int rows, const int steps, const int step, const real *const *a, long row, const real *b, vec sum[ROWS][VECTORS]) {
  UNROLL for (int u = 0; u < steps; u++) {
    vec x[VECTORS];
    UNROLL for (int v = 0; v < VECTORS; v++) x[v] = load(b + u * PANEL + v * LANES);
    UNROLL for (int r = 0; r < rows; r++) {
      vec y = splat(a[r / REACH][r % REACH * row + u * step]);
      UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = fma_(y, x[v], sum[r][v]);
    }
  }
}

/* sum[r][v] = Σ_k a[r row + k step] b[k][v] */
INLINE void outer_products(
    const int rows, const int step, long depth, const real *a, long row, const real *b, vec sum[ROWS][VECTORS]) {
  const real *at[(ROWS + REACH - 1) / REACH];
  UNROLL for (int i = 0; i * REACH < rows; i++) {
    at[i] = a + i * REACH * row;
    HIDE(at[i]);
  }
  UNROLL for (int r = 0; r < rows; r++) {
    UNROLL for (int v = 0; v < VECTORS; v++) sum[r][v] = (vec){0};
  }
  long k = 0;
  for (; k + 2 <= depth; k += 2) {
    outer_product(rows, 2, step, at, row, b, sum);
    UNROLL for (int i = 0; i * REACH < rows; i++) at[i] += 2 * step;
    b += 2 * PANEL;
  }
  if (k < depth) outer_product(rows, 1, step, at, row, b, sum);
}

INLINE void put(const int rows, vec sum[ROWS][VECTORS], const result *to) {
  const vec alpha = splat(to->alpha);
  const vec keep = splat(to->keep);
  const long columns = to->columns;
  real *c = to->c;
  if (columns == PANEL && to->keep == 0) {
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int v = 0; v < VECTORS; v++) store(c + r * to->ldc + v * LANES, alpha * sum[r][v]);
    }
  } else if (columns == PANEL) {
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int v = 0; v < VECTORS; v++) {
        real *at = c + r * to->ldc + v * LANES;
        store(at, fma_(alpha, sum[r][v], keep * load(at)));
      }
    }
  } else {
    UNROLL for (int r = 0; r < rows; r++) {
      UNROLL for (int v = 0; v < VECTORS; v++) {
        real *at = c + r * to->ldc + v * LANES;
        const long n = columns - v * LANES;
        if (n >= LANES) {
          store(at, to->keep == 0 ? alpha * sum[r][v] : fma_(alpha, sum[r][v], keep * load(at)));
        } else if (n > 0) {
          store_part(at, to->keep == 0 ? alpha * sum[r][v] : fma_(alpha, sum[r][v], keep * load_part(at, n)), n);
        }
      }
    }
  }
}

typedef void tile(long depth, const real *a, long row, const real *b, const result *to);

/* Of op(A) whose rows lie apart, and of a strip that has been packed: its rows beside each other, ROWS for each k. */
#define TILE(R)                                                                                                             \
  static __attribute__((noinline)) void rows_##R(                                                                           \
      long depth, const real *a, long row, const real *b, const result *to) {                                               \
    vec sum[ROWS][VECTORS];                                                                                                 \
    outer_products(R, 1, depth, a, row, b, sum);                                                                            \
    put(R, sum, to);                                                                                                        \
  }                                                                                                                         \
  static __attribute__((noinline)) void strip_##R(                                                                          \
      long depth, const real *a, long row, const real *b, const result *to) {                                               \
    (void)row;                                                                                                              \
    UNROLL for (int r = 0; r < R; r++) prefetch(to->c + r * to->ldc);                                                       \
    vec sum[ROWS][VECTORS];                                                                                                 \
    outer_products(R, ROWS, depth, a, 1, b, sum);                                                                           \
    put(R, sum, to);                                                                                                        \
  }
TILE(1) TILE(2) TILE(3) TILE(4) TILE(5)
#if ROWS > 5
TILE(6)
#endif
#if ROWS > 6
TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12)
#endif

static tile *const ROWS_APART[ROWS + 1] = {0, rows_1, rows_2, rows_3, rows_4, rows_5,
#if ROWS > 5
    rows_6,
#endif
#if ROWS > 6
    rows_7, rows_8, rows_9, rows_10, rows_11, rows_12,
#endif
};
static tile *const PACKED_STRIP[ROWS + 1] = {0, strip_1, strip_2, strip_3, strip_4, strip_5,
#if ROWS > 5
    strip_6,
#endif
#if ROWS > 6
    strip_7, strip_8, strip_9, strip_10, strip_11, strip_12,
#endif
};

/* Some rows in as few strips as need be, the first `taller` of them a row higher than the others. */
typedef struct {
  long count;
  long height;
  long taller;
} cut;
INLINE cut strips_of(long rows) {
  const long count = (rows + ROWS - 1) / ROWS;
  return (cut){count, rows / count, rows % count};
}
INLINE long height_of(const cut *strips, long strip) { return strips->height + (strip < strips->taller); }

/* ---------------------------------------------------------------- layout */

/* The strips of op(A) = Aᵀ for rows from `first` on: [strip][k][ROWS], of a strip that is lower the last of ROWS undefined. */
static void pack_strips(const real *a, long lda, long first, long rows, long depth, real *to) {
  const cut strips = strips_of(rows);
  const real *end = a + (depth - 1) * lda + first + rows;
  for (long i = 0; i < strips.count; i++) {
    const long height = height_of(&strips, i);
    const real *at = a + first;
    first += height;
    long k = 0;
    for (; k < depth && at + ROWS <= end; k++, at += lda, to += ROWS) memcpy(to, at, ROWS * sizeof(real));
    for (; k < depth; k++, at += lda, to += ROWS) {
      for (long r = 0; r < height; r++) to[r] = at[r];
    }
  }
}

/* Where a panel's rows from `block` on begin. */
INLINE long panel_start(long block, long depth, long panel, long panels) { return (block * panels + depth * panel) * PANEL; }

INLINE long panels_of(long n) { return (n + PANEL - 1) / PANEL; }

#endif
