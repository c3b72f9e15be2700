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
#include "tiles.h"

/* Rows of A that a transposed product takes through all panels before their part of C is transposed, and panels for which there is room. */
#define TRANSPOSED_ROWS (8L * ROWS)
#define TRANSPOSED_PANELS (PANELS_AT_ONCE * DEPTH / TRANSPOSED_ROWS)

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
