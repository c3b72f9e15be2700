/*
 * Every product against the sums as they are defined, bit for bit, with each operand before and after a forbidden page, the result
 * poisoned, and C cut among threads in several ways.
 */
#define _GNU_SOURCE
#include "../vec.h"

#include <math.h>

#include "guarded.h"

#define CALL(name) NAME_OF(INSTRUCTION_SET, TYPE, name)

extern long CALL(panel_columns)(void);
extern long CALL(scratch_bytes)(void);
extern void CALL(pack)(long transposed, long k, long n, const real *b, long ldb, real *panels, long from, long to);
extern void CALL(multiply_packed)(long k, long n, double alpha, const real *a, long lda, const real *panels, double beta, real *c, long ldc,
    long row_from, long row_to, long panel_from, long panel_to, real *scratch);
extern void CALL(multiply_transposed)(
    long k, long n, double alpha, const real *a, long lda, const real *panels, real *c, long ldc, long from, long to, real *scratch);
extern void CALL(multiply_unpacked)(long transposed_a, long transposed_b, long m, long n, long k, double alpha, const real *a, long lda,
    const real *b, long ldb, double beta, real *c, long ldc, real *scratch);

/* What DEPTH of products.c is: part of what the bits are. */
#define BLOCK 384

#if REAL_BITS == 32
#define FMA fmaf
#else
#define FMA fma
#endif

static real element(int ta, int tb, long k, real alpha, const real *a, long lda, const real *b, long ldb, real beta, real c, long i, long j) {
  for (long block = 0; block < k; block += BLOCK) {
    real sum = 0;
    for (long p = block; p < k && p < block + BLOCK; p++) sum = FMA(ta ? a[p * lda + i] : a[i * lda + p], tb ? b[j * ldb + p] : b[p * ldb + j], sum);
    const real keep = block == 0 ? beta : 1;
    c = keep == 0 ? alpha * sum : FMA(alpha, sum, keep * c);
  }
  return c;
}

static int same(real x, real y) { return memcmp(&x, &y, sizeof x) == 0; }

/* A leading dimension is the width and a gap that must stay as it is. */
static void product(int ta, int tb, long m, long n, long k, real alpha, real beta, long gap, int at_end) {
  const long lda = (ta ? m : k) + gap, ldb = (tb ? k : n) + gap, ldc = n + gap;
  const long a_size = ((ta ? k : m) - 1) * lda + (ta ? m : k), b_size = ((tb ? n : k) - 1) * ldb + (tb ? k : n), c_size = (m - 1) * ldc + n;
  guarded a = guarded_draws(a_size, at_end), b = guarded_draws(b_size, at_end), c = guarded_room(c_size, at_end), c0 = guarded_room(c_size, at_end);
  guarded scratch = guarded_room(CALL(scratch_bytes)() / (long)sizeof(real), at_end);
  for (long i = 0; i < m && beta != 0; i++) {
    for (long j = 0; j < n; j++) c0.data[i * ldc + j] = draw();
  }
  guarded expected = guarded_room(c_size, at_end);
  memcpy(expected.data, c0.data, (size_t)c_size * sizeof(real));
  for (long i = 0; i < m; i++) {
    for (long j = 0; j < n; j++) {
      expected.data[i * ldc + j] = element(ta, tb, k, alpha, a.data, lda, b.data, ldb, beta, c0.data[i * ldc + j], i, j);
    }
  }
  const size_t bytes = (size_t)c_size * sizeof(real);
  memcpy(c.data, c0.data, bytes);
  CALL(multiply_unpacked)(ta, tb, m, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc, scratch.data);
  check(memcmp(c.data, expected.data, bytes) == 0, "multiply");
  if (!ta) {
    const long panel = CALL(panel_columns)(), count = (n + panel - 1) / panel;
    guarded panels = guarded_room(k * count * panel, at_end);
    CALL(pack)(tb, k, n, b.data, ldb, panels.data, 0, count / 2);
    CALL(pack)(tb, k, n, b.data, ldb, panels.data, count / 2, count);
    const long cuts[][2] = {{0, 0}, {m / 3, 0}, {0, count / 2}, {m / 2, (count + 1) / 2}};
    for (int i = 0; i < 4; i++) {
      const long row = cuts[i][0], p = cuts[i][1];
      memcpy(c.data, c0.data, bytes);
      CALL(multiply_packed)(k, n, alpha, a.data, lda, panels.data, beta, c.data, ldc, 0, row, 0, p, scratch.data);
      CALL(multiply_packed)(k, n, alpha, a.data, lda, panels.data, beta, c.data, ldc, row, m, 0, p, scratch.data);
      CALL(multiply_packed)(k, n, alpha, a.data, lda, panels.data, beta, c.data, ldc, 0, row, p, count, scratch.data);
      CALL(multiply_packed)(k, n, alpha, a.data, lda, panels.data, beta, c.data, ldc, row, m, p, count, scratch.data);
      check(memcmp(c.data, expected.data, bytes) == 0, "multiply_packed");
    }
    if (beta == 0) {
      const long ldt = m + gap, t_size = (n - 1) * ldt + m;
      guarded t = guarded_room(t_size, at_end);
      CALL(multiply_transposed)(k, n, alpha, a.data, lda, panels.data, t.data, ldt, 0, m / 3, scratch.data);
      CALL(multiply_transposed)(k, n, alpha, a.data, lda, panels.data, t.data, ldt, m / 3, m, scratch.data);
      for (long j = 0; j < n; j++) {
        for (long i = 0; i < ldt && j * ldt + i < t_size; i++) {
          if (i < m) check(same(t.data[j * ldt + i], expected.data[i * ldc + j]), "multiply_transposed");
          else check(isnan(t.data[j * ldt + i]), "multiply_transposed writes beside its result");
        }
      }
      guarded_free(t);
    }
    guarded_free(panels);
  }
  guarded_free(a), guarded_free(b), guarded_free(c), guarded_free(c0), guarded_free(expected), guarded_free(scratch);
}

int main(void) {
  const long sizes[][3] = {{1, 1, 1}, {1, 10, 3}, {2, 16, 17}, {3, 33, 64}, {5, 7, 385}, {6, 32, 384}, {7, 31, 383}, {11, 50, 100}, {13, 15, 2},
      {37, 100, 101}, {64, 10, 129}, {145, 20, 40}, {64, 128, 512}, {12, 300, 771}, {150, 257, 9}, {1030, 17, 5}};
  const real factors[][2] = {{1, 0}, {(real)-0.3, 0}, {(real)0.7, 1}, {(real)-1e-3, (real)0.9}};
  long products = 0;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    for (int f = 0; f < 4; f++) {
      for (int which = 0; which < 16; which++) {
        product(which & 1, which >> 1 & 1, sizes[s][0], sizes[s][1], sizes[s][2], factors[f][0], factors[f][1], which & 4 ? 3 : 0, which >> 3 & 1);
        products++;
      }
    }
  }
  /* No sums at all: beta C, and zeros over what is not to be read. */
  real c[3] = {NAN, 2, 4}, scratch[1], none[1] = {0};
  CALL(multiply_unpacked)(0, 0, 1, 1, 0, 1, none, 1, none, 1, 0, c, 1, scratch);
  CALL(multiply_unpacked)(0, 0, 1, 2, 0, 1, none, 1, none, 2, 0.5, c + 1, 2, scratch);
  check(c[0] == 0 && c[1] == 1 && c[2] == 2, "a product without sums");
  printf("%ld products\n", products);
  return 0;
}
