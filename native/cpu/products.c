/*
 * Matrix products C = alpha op(A) op(B) + beta C, row-major.
 *
 * op(B) is laid out in panels of PANEL columns, and those in blocks of DEPTH rows: [block][panel][row of the block][column], the last
 * panel padded with zeros. Once for many products (`pack`, `multiply_packed`), or a piece at a time on the way (`multiply_unpacked`). The
 * innermost loop keeps a tile of C in registers, up to ROWS rows by one panel, and adds the outer products of a column of op(A) and a row
 * of a panel. The rows of C are shared out among strips of nearly the same height, so that no tile is much smaller than the others.
 *
 * An element of C is one chain of fused multiply-adds for each block, in the order of k, and the blocks are added in theirs: the same
 * bits however the product is cut among threads, whichever operand is packed, and on every instruction set. Blocks also bound the
 * rounding error: a single chain of 2,048 has 2.8 times that of a library, blocks of 384 have less.
 */
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

/* Rows of A that a transposed product takes through all panels before their part of C is transposed, and panels for which there is room. */
#define TRANSPOSED_ROWS (8L * ROWS)
#define TRANSPOSED_PANELS (PANELS_AT_ONCE * DEPTH / TRANSPOSED_ROWS)

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

/* ---------------------------------------------------------------- packing */

/* 16 bytes: transposed in squares, the same way on every instruction set. */
#define QUAD (16 / (int)sizeof(real))
typedef real quad __attribute__((vector_size(16)));
typedef real quad_in_memory __attribute__((vector_size(16), aligned(sizeof(real)), may_alias));

#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
typedef bits quad_indices __attribute__((vector_size(16)));
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (quad_indices){__VA_ARGS__})
#endif

/* to[j][i] = from[i][j] of a square of QUAD by QUAD. */
INLINE void transpose_square(const real *from, long from_row, real *to, long to_row) {
  quad r[QUAD];
  UNROLL for (int i = 0; i < QUAD; i++) r[i] = *(const quad_in_memory *)(from + i * from_row);
#if REAL_BITS == 32
  const quad a = SHUFFLE(r[0], r[1], 0, 4, 1, 5);
  const quad b = SHUFFLE(r[0], r[1], 2, 6, 3, 7);
  const quad c = SHUFFLE(r[2], r[3], 0, 4, 1, 5);
  const quad d = SHUFFLE(r[2], r[3], 2, 6, 3, 7);
  *(quad_in_memory *)to = SHUFFLE(a, c, 0, 1, 4, 5);
  *(quad_in_memory *)(to + to_row) = SHUFFLE(a, c, 2, 3, 6, 7);
  *(quad_in_memory *)(to + 2 * to_row) = SHUFFLE(b, d, 0, 1, 4, 5);
  *(quad_in_memory *)(to + 3 * to_row) = SHUFFLE(b, d, 2, 3, 6, 7);
#else
  *(quad_in_memory *)to = SHUFFLE(r[0], r[1], 0, 2);
  *(quad_in_memory *)(to + to_row) = SHUFFLE(r[0], r[1], 1, 3);
#endif
}

/* to[j][i] = from[i][j] for i < rows, j < columns. */
static void transpose(long rows, long columns, const real *from, long from_row, real *to, long to_row) {
  long i = 0;
  for (; i + QUAD <= rows; i += QUAD) {
    long j = 0;
    for (; j + QUAD <= columns; j += QUAD) {
      transpose_square(from + i * from_row + j, from_row, to + j * to_row + i, to_row);
    }
    for (; j < columns; j++) {
      UNROLL for (int r = 0; r < QUAD; r++) to[j * to_row + i + r] = from[(i + r) * from_row + j];
    }
  }
  for (; i < rows; i++) {
    for (long j = 0; j < columns; j++) to[j * to_row + i] = from[i * from_row + j];
  }
}

/* Some rows of one panel: op(B)'s rows from `block` on, `depth` of them, columns from `first` on. */
static void pack_panel(long transposed, long n, const real *b, long ldb, long block, long depth, long first, real *panel) {
  const long columns = least(PANEL, n - first);
  if (columns < PANEL) memset(panel, 0, (size_t)(depth * PANEL) * sizeof(real));
  if (transposed) {
    transpose(columns, depth, b + first * ldb + block, ldb, panel, PANEL);
  } else if (columns == PANEL) {
    const real *from = b + block * ldb + first;
    for (long k = 0; k < depth; k++, from += ldb, panel += PANEL) {
      UNROLL for (int v = 0; v < VECTORS; v++) store(panel + v * LANES, load(from + v * LANES));
    }
  } else {
    for (long k = 0; k < depth; k++) memcpy(panel + k * PANEL, b + (block + k) * ldb + first, (size_t)columns * sizeof(real));
  }
}

/* The strips of op(A) = Aᵀ for rows from `first` on: [strip][k][ROWS]. */
static void pack_strips(const real *a, long lda, long first, long rows, long depth, real *to) {
  const cut strips = strips_of(rows);
  for (long i = 0; i < strips.count; i++) {
    const long height = height_of(&strips, i);
    const real *at = a + first;
    first += height;
    if (height == ROWS) {
      for (long k = 0; k < depth; k++, at += lda, to += ROWS) memcpy(to, at, ROWS * sizeof(real));
    } else {
      for (long k = 0; k < depth; k++, at += lda, to += ROWS) {
        for (long r = 0; r < height; r++) to[r] = at[r];
      }
    }
  }
}

/* Where a panel's rows from `block` on begin. */
INLINE long panel_start(long block, long depth, long panel, long panels) { return (block * panels + depth * panel) * PANEL; }

INLINE long panels_of(long n) { return (n + PANEL - 1) / PANEL; }

/* Columns of a panel. */
long EXPORT(panel_columns)(void) { return PANEL; }

/* Bytes that a call of multiply_unpacked, multiply_packed or multiply_transposed needs to itself. */
long EXPORT(scratch_bytes)(void) {
  return (long)sizeof(real) * (CHUNK * COPY_ROW + PANELS_AT_ONCE * PANEL * DEPTH);
}

/*
 * Lays out panels `from` to `to` of op(B), k by n: of Bᵀ where `transposed`, B being n by k.
 */
void EXPORT(pack)(long transposed, long k, long n, const real *b, long ldb, real *panels, long from, long to) {
  const long count = panels_of(n);
  for (long block = 0; block < k; block += DEPTH) {
    const long depth = least(DEPTH, k - block);
    for (long panel = from; panel < to; panel++) {
      pack_panel(transposed, n, b, ldb, block, depth, panel * PANEL, panels + panel_start(block, depth, panel, count));
    }
  }
}

/* ---------------------------------------------------------------- products */

/* Rows of op(A) that lie where a tile reads them. */
typedef struct {
  const real *a;
  long row;
} left;

/* Rows whose distance is a multiple of this fall into the same lines of a cache. */
#define ALIAS 4096

/* Some rows of A itself, or of a copy in `scratch` where they would get in each other's way in the cache. */
INLINE left rows_of(const real *a, long lda, long rows, long depth, long panels, real *scratch) {
  if (panels < 4 || (lda * (long)sizeof(real)) % ALIAS != 0) return (left){a, lda};
  for (long r = 0; r < rows; r++) memcpy(scratch + r * COPY_ROW, a + r * lda, (size_t)depth * sizeof(real));
  return (left){scratch, COPY_ROW};
}

/* Bytes of op(B) from which on panels come from beyond the second-level cache; the next is then asked for while one is multiplied by. */
#define SECOND_LEVEL (256L * 1024)

INLINE void prefetch_ahead(const real *from, long elements) {
  for (long i = 0; i < elements; i += 64 / (long)sizeof(real)) __builtin_prefetch(from + i, 0, 2);
}

/*
 * Rows `row_from` to `row_to` and panels `panel_from` to `panel_to` of C = alpha A op(B) + beta C, with op(B), k by n, in panels.
 */
void EXPORT(multiply_packed)(long k, long n, double alpha, const real *a, long lda, const real *panels, double beta, real *c, long ldc,
    long row_from, long row_to, long panel_from, long panel_to, real *scratch) {
  const long count = panels_of(n);
  const int large = k * n * (long)sizeof(real) > SECOND_LEVEL;
  for (long chunk = row_from; chunk < row_to; chunk += CHUNK) {
    const long rows = least(CHUNK, row_to - chunk);
    const cut strips = strips_of(rows);
    for (long block = 0; block < k; block += DEPTH) {
      const long depth = least(DEPTH, k - block);
      const left from = rows_of(a + chunk * lda + block, lda, rows, depth, panel_to - panel_from, scratch);
      result to = {(real)alpha, block == 0 ? (real)beta : 1, c, ldc, PANEL};
      for (long panel = panel_from; panel < panel_to; panel++) {
        const real *b = panels + panel_start(block, depth, panel, count);
        to.columns = least(PANEL, n - panel * PANEL);
        to.c = c + chunk * ldc + panel * PANEL;
        const long share = large && panel + 1 < panel_to ? depth * PANEL / strips.count : 0;
        const real *a_strip = from.a;
        for (long strip = 0; strip < strips.count; strip++) {
          prefetch_ahead(b + depth * PANEL + strip * share, share);
          const long height = height_of(&strips, strip);
          ROWS_APART[height](depth, a_strip, from.row, b, &to);
          a_strip += height * from.row;
          to.c += height * ldc;
        }
      }
    }
  }
}

/*
 * Columns `from` to `to` of C = alpha op(B)ᵀ Aᵀ, n by m, with op(B), k by n, in panels and A m by k: the rows of A are read once, as they
 * lie, and A is not packed.
 */
void EXPORT(multiply_transposed)(
    long k, long n, double alpha, const real *a, long lda, const real *panels, real *c, long ldc, long from, long to, real *scratch) {
  const long count = panels_of(n);
  real *part = scratch + CHUNK * COPY_ROW;
  for (long group = 0; group < count; group += TRANSPOSED_PANELS) {
    const long end = least(count, group + TRANSPOSED_PANELS);
    for (long first = from; first < to; first += TRANSPOSED_ROWS) {
      const long rows = least(TRANSPOSED_ROWS, to - first);
      const cut strips = strips_of(rows);
      for (long block = 0; block < k; block += DEPTH) {
        const long depth = least(DEPTH, k - block);
        result into = {(real)alpha, block == 0 ? 0 : 1, part, PANEL, PANEL};
        for (long panel = group; panel < end; panel++) {
          const real *b = panels + panel_start(block, depth, panel, count);
          /* The rows themselves: a copy would read the large operand twice. */
          const real *a_strip = a + first * lda + block;
          into.c = part + (panel - group) * TRANSPOSED_ROWS * PANEL;
          for (long strip = 0; strip < strips.count; strip++) {
            const long height = height_of(&strips, strip);
            ROWS_APART[height](depth, a_strip, lda, b, &into);
            a_strip += height * lda;
            into.c += height * PANEL;
          }
        }
      }
      for (long panel = group; panel < end; panel++) {
        const long columns = least(PANEL, n - panel * PANEL);
        transpose(rows, columns, part + (panel - group) * TRANSPOSED_ROWS * PANEL, PANEL, c + panel * PANEL * ldc + first, ldc);
      }
    }
  }
}

/*
 * C = alpha op(A) op(B) + beta C, m by n, with sums of length k; each operand with its leading dimension.
 */
void EXPORT(multiply_unpacked)(long transposed_a, long transposed_b, long m, long n, long k, double alpha, const real *a, long lda, const real *b,
    long ldb, double beta, real *c, long ldc, real *scratch) {
  const long count = panels_of(n);
  real *packed = scratch + CHUNK * COPY_ROW;
  if (k == 0) {
    for (long i = 0; i < m; i++) {
      for (long j = 0; j < n; j++) c[i * ldc + j] = beta == 0 ? 0 : (real)beta * c[i * ldc + j];
    }
  }
  for (long chunk = 0; chunk < m; chunk += CHUNK) {
    const long rows = least(CHUNK, m - chunk);
    const cut strips = strips_of(rows);
    for (long block = 0; block < k; block += DEPTH) {
      const long depth = least(DEPTH, k - block);
      left from = {scratch, 0};
      if (transposed_a) {
        pack_strips(a + block * lda, lda, chunk, rows, depth, scratch);
      } else {
        from = rows_of(a + chunk * lda + block, lda, rows, depth, count, scratch);
      }
      result to = {(real)alpha, block == 0 ? (real)beta : 1, c, ldc, PANEL};
      for (long group = 0; group < count; group += PANELS_AT_ONCE) {
        const long end = least(count, group + PANELS_AT_ONCE);
        for (long panel = group; panel < end; panel++) {
          pack_panel(transposed_b, n, b, ldb, block, depth, panel * PANEL, packed + (panel - group) * depth * PANEL);
        }
        const real *a_strip = from.a;
        real *c_strip = c + chunk * ldc;
        for (long strip = 0; strip < strips.count; strip++) {
          const long height = height_of(&strips, strip);
          tile *const multiply = transposed_a ? PACKED_STRIP[height] : ROWS_APART[height];
          for (long panel = group; panel < end; panel++) {
            to.columns = least(PANEL, n - panel * PANEL);
            to.c = c_strip + panel * PANEL;
            multiply(depth, a_strip, from.row, packed + (panel - group) * depth * PANEL, &to);
          }
          a_strip += transposed_a ? depth * ROWS : height * from.row;
          c_strip += height * ldc;
        }
      }
    }
  }
}
