/*
 * Every loop with its operands right before and right behind a page that may not be touched, so that a read or write past one crashes,
 * for all sizes up to several vectors: the same bits wherever operands lie and ranges are cut, nothing written beside a range, and a hash
 * of all results that is the same on every instruction set.
 */
#define _GNU_SOURCE
#include "../loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef double loop_function(double, double, double, double, double, double, real *, real *, real *, real *, real *, real *, long, long,
                             long, long);

/* What the range of a loop counts. */
enum range { ELEMENTS, ROWS, COLUMNS, SUM };

#define ACTIVATION_LOOPS(X, phi)                                                                                                   \
  X(phi##_value, ELEMENTS, 2, -1, -1, 0)                                                                                           \
  X(phi##_activate, ROWS, 3, 1, -1, 0)                                                                                             \
  X(phi##_derivative, ELEMENTS, 3, -1, -1, 0)                                                                                      \
  X(phi##_gate, ELEMENTS, 4, -1, -1, 0)                                                                                            \
  X(phi##_difference, ELEMENTS, 5, -1, -1, 0)                                                                                      \
  X(phi##_prediction_error, ELEMENTS, 6, -1, -1, 0)

/* name, range, operands, the one that is a single row or -1, the one that may be null or -1, bits of those that are a column */
#define LOOPS(X)                                                                                                                   \
  X(fill, ELEMENTS, 1, -1, -1, 0)                                                                                                  \
  X(scale, ELEMENTS, 1, -1, -1, 0)                                                                                                 \
  X(shift, ELEMENTS, 1, -1, -1, 0)                                                                                                 \
  X(axpy, ELEMENTS, 2, -1, -1, 0)                                                                                                  \
  X(multiply, ELEMENTS, 2, -1, -1, 0)                                                                                              \
  X(sign, ELEMENTS, 2, -1, -1, 0)                                                                                                  \
  X(exponential, ELEMENTS, 1, -1, -1, 0)                                                                                           \
  X(normals, ELEMENTS, 1, -1, -1, 0)                                                                                               \
  X(add_row, ROWS, 2, 0, -1, 0)                                                                                                    \
  X(multiply_row, ROWS, 3, 0, -1, 0)                                                                                               \
  X(column_sum, COLUMNS, 2, 1, -1, 0)                                                                                              \
  X(sum, SUM, 1, -1, -1, 0)                                                                                                        \
  X(sum_of_squares, SUM, 1, -1, -1, 0)                                                                                             \
  X(sum_of_squared_deviations, SUM, 1, -1, -1, 0)                                                                                  \
  X(sum_of_moved_squares, SUM, 2, -1, -1, 0)                                                                                       \
  X(sum_of_change, SUM, 2, -1, -1, 0)                                                                                              \
  X(standardize, ROWS, 3, -1, -1, 4)                                                                                               \
  X(standardized_difference, ROWS, 5, -1, -1, 2 | 16)                                                                              \
  X(standardize_back, ROWS, 4, -1, -1, 2)                                                                                          \
  X(state_gradient, ELEMENTS, 3, -1, 1, 0)                                                                                         \
  X(relax_state, ELEMENTS, 4, -1, 1, 0)                                                                                            \
  X(relax_error, ELEMENTS, 4, -1, -1, 0)                                                                                           \
  X(residual, ELEMENTS, 4, -1, 2, 0)                                                                                               \
  X(softmax, ROWS, 2, -1, -1, 0)                                                                                                   \
  X(cross_entropy, ROWS, 4, -1, 1, 0)                                                                                              \
  X(sgd, ELEMENTS, 2, -1, -1, 0)                                                                                                   \
  X(momentum, ELEMENTS, 3, -1, -1, 0)                                                                                              \
  X(adam, ELEMENTS, 4, -1, -1, 0)                                                                                                  \
  ACTIVATION_LOOPS(X, linear)                                                                                                      \
  ACTIVATION_LOOPS(X, relu)                                                                                                        \
  ACTIVATION_LOOPS(X, leaky_relu)                                                                                                  \
  ACTIVATION_LOOPS(X, tanh)                                                                                                        \
  ACTIVATION_LOOPS(X, sigmoid)                                                                                                     \
  ACTIVATION_LOOPS(X, silu)                                                                                                        \
  ACTIVATION_LOOPS(X, gelu)

#define DECLARE(name, range, operands, row, null, columns) extern loop_function EXPORT(name);
LOOPS(DECLARE)

struct loop {
  const char *name;
  loop_function *run;
  enum range range;
  int operands, row, null, columns;
};
#define ENTRY(name, range, operands, row, null, columns)                                                                            \
  {#name, NAME_OF(INSTRUCTION_SET, TYPE, name), range, operands, row, null, columns},
static const struct loop loops[] = {LOOPS(ENTRY)};

#if REAL_BITS == 32
#define EXPECTED_HASH 0x95cf9b455e9b8ed0ULL
#else
#define EXPECTED_HASH 0x6997a2a3bae59783ULL
#endif

enum { OPERANDS = 6, LARGEST = 67, MOST_ROWS = 3, MOST = MOST_ROWS * LARGEST };

static char *pages[OPERANDS];
static long page;
static int failures;
static uint64_t hash = 0xcbf29ce484222325ULL;

/* Two pages' room between two pages that may not be touched. */
static void map_pages(void) {
  page = sysconf(_SC_PAGESIZE);
  for (int k = 0; k < OPERANDS; k++) {
    char *p = mmap(NULL, (size_t)(4 * page), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, (size_t)page, PROT_NONE) || mprotect(p + 3 * page, (size_t)page, PROT_NONE)) {
      perror("mmap");
      exit(2);
    }
    pages[k] = p + page;
  }
}

/* Multiples of 2^-12 from -2 to 2, so that they are the same everywhere; now and then one that is not small. */
static real number(int operand, long i) {
  uint64_t x = (uint64_t)(operand * 1000003 + i + 1) * 0x9e3779b97f4a7c15ULL;
  x ^= x >> 29;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 32;
  real value = (real)((long)(x % 16384) - 8192) / 4096;
  return i % 11 == 5 ? value * 8 : i % 3 == 0 ? value : value / 16;
}

static long elements_of(const struct loop *loop, int k, long size) {
  if (loop->columns >> k & 1) return MOST_ROWS;
  int matrix = loop->range == ROWS || loop->range == COLUMNS;
  return matrix && k != loop->row ? MOST_ROWS * size : size;
}

/* Operands for a size, at the end of their room or at its beginning, the other elements of it poisoned. */
static void place(const struct loop *loop, long size, int at_end, real *x[OPERANDS]) {
  for (int k = 0; k < OPERANDS; k++) {
    long n = elements_of(loop, k, size);
    memset(pages[k], 0xa5, (size_t)(2 * page));
    x[k] = (real *)(at_end ? pages[k] + 2 * page - n * (long)sizeof(real) : pages[k]);
    for (long i = 0; i < n; i++) {
      real v = number(k, i);
      x[k][i] = loop->operands == 4 && k == 2 && v < 0 ? -v : v; /* adam's second moments */
    }
  }
}

static double run(const struct loop *loop, long size, real *x[OPERANDS], int null, long from, long to) {
  real *y[OPERANDS];
  for (int k = 0; k < OPERANDS; k++) {
    y[k] = k >= loop->operands || (null && k == loop->null) ? NULL : x[k];
  }
  return loop->run(0.75, 0.125, 0.875, 0.625, 1.5, 0x1p-10, y[0], y[1], y[2], y[3], y[4], y[5], MOST_ROWS, size, from, to);
}

static void fail(const struct loop *loop, long size, const char *what) {
  fprintf(stderr, "%s of %ld: %s\n", loop->name, size, what);
  failures++;
}

static void add_to_hash(const void *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    hash = (hash ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3ULL;
  }
}

static void check(const struct loop *loop, long size, int null) {
  static real whole[OPERANDS][MOST];
  real *x[OPERANDS];
  long count = loop->range == ROWS ? MOST_ROWS : size;
  double sum = 0;
  for (int at_end = 0; at_end < 2; at_end++) {
    place(loop, size, at_end, x);
    double returned = run(loop, size, x, null, 0, count);
    if (at_end && memcmp(&returned, &sum, sizeof sum)) {
      fail(loop, size, "another sum where operands lie elsewhere");
    }
    sum = returned;
    for (int k = 0; k < OPERANDS; k++) {
      size_t bytes = (size_t)elements_of(loop, k, size) * sizeof(real);
      if (!at_end) {
        memcpy(whole[k], x[k], bytes);
      } else if (memcmp(whole[k], x[k], bytes)) {
        fail(loop, size, "other bits where operands lie elsewhere");
      }
      const unsigned char *room = (const unsigned char *)pages[k];
      for (long i = 0; i < 2 * page; i++) {
        long first = (char *)x[k] - pages[k];
        if ((i < first || i >= first + (long)bytes) && room[i] != 0xa5) {
          fail(loop, size, "a write beside the operand");
          break;
        }
      }
    }
  }
  add_to_hash(&sum, sizeof sum);
  for (int k = 0; k < loop->operands; k++) {
    add_to_hash(whole[k], (size_t)elements_of(loop, k, size) * sizeof(real));
  }
  if (loop->range == SUM) {
    return;
  }
  for (long step = 1; step < count; step += step < 4 ? 1 : 5) {
    place(loop, size, (int)(step % 2), x);
    for (long from = 0; from < count; from += step) {
      run(loop, size, x, null, from, from + step < count ? from + step : count);
    }
    for (int k = 0; k < OPERANDS; k++) {
      if (memcmp(whole[k], x[k], (size_t)elements_of(loop, k, size) * sizeof(real))) {
        fail(loop, size, "other bits where the range is cut");
      }
    }
  }
}

int main(void) {
  map_pages();
  for (size_t l = 0; l < sizeof loops / sizeof loops[0]; l++) {
    for (long size = 1; size <= LARGEST; size++) {
      check(&loops[l], size, 0);
      if (loops[l].null >= 0) {
        check(&loops[l], size, 1);
      }
    }
  }
  if (hash != EXPECTED_HASH) {
    fprintf(stderr, "hash of all results: %#llx, expected %#llx\n", (unsigned long long)hash, EXPECTED_HASH);
    failures++;
  }
  return failures != 0;
}
