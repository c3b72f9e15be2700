/*
 * Loops over images against their definitions, bit for bit, with each operand before and after a forbidden page, what is written
 * poisoned, and the batch cut among threads.
 */
#define _GNU_SOURCE
#include "../window.h"

#include "guarded.h"

typedef void loop(real *, real *, real *, real *, real *, long, long, long, long, long, long, long, long, long);
#define CALL(name) NAME_OF(INSTRUCTION_SET, TYPE, name)
extern loop CALL(patches), CALL(sum_patches), CALL(average_pool), CALL(average_pool_back), CALL(max_pool), CALL(max_pool_difference),
    CALL(max_pool_back);

enum { BATCH = 3, OPERANDS = 5 };

static struct window w;

/* Element of image b at slot (i, j) of place (p, q), or -1 outside. */
static long sight(long b, long p, long q, long i, long j) {
  const long y = p * w.stride + i - w.padding, x = q * w.stride + j - w.padding;
  return y < 0 || y >= w.image_height || x < 0 || x >= w.image_width ? -1 : ((b * w.image_height + y) * w.image_width + x) * w.channels;
}

#define EACH(variable, count) for (long variable = 0; variable < (count); variable++)
#define EACH_PLACE EACH(b, BATCH) EACH(p, w.down) EACH(q, w.across)
#define EACH_SLOT EACH(i, w.height) EACH(j, w.width) EACH(c, w.channels)
#define PLACE ((b * w.down + p) * w.across + q)

static void define_patches(real **x) {
  EACH_PLACE EACH_SLOT {
    const long at = sight(b, p, q, i, j);
    x[1][PLACE * patch_of(&w) + (i * w.width + j) * w.channels + c] = at < 0 ? 0 : x[0][at + c];
  }
}

static void zero(real *x) { memset(x, 0, (size_t)(BATCH * image_size(&w)) * sizeof(real)); }

/* In the order of the slots: slot by slot, and of each all places. */
static void define_sum_patches(real **x) {
  zero(x[1]);
  EACH_SLOT EACH_PLACE {
    const long at = sight(b, p, q, i, j);
    if (at >= 0) x[1][at + c] += x[0][PLACE * patch_of(&w) + (i * w.width + j) * w.channels + c];
  }
}

static real share(void) { return (real)(1.0 / (double)(w.height * w.width)); }

static void define_average_pool(real **x) {
  memset(x[1], 0, (size_t)(BATCH * places_of(&w) * w.channels) * sizeof(real));
  EACH_PLACE EACH_SLOT x[1][PLACE * w.channels + c] += x[0][sight(b, p, q, i, j) + c];
  EACH_PLACE EACH(c, w.channels) x[1][PLACE * w.channels + c] *= share();
}

static void define_average_pool_back(real **x) {
  zero(x[1]);
  EACH_PLACE EACH_SLOT x[1][sight(b, p, q, i, j) + c] += x[0][PLACE * w.channels + c] * share();
}

static void define_max_pool(real **x) {
  EACH_PLACE EACH_SLOT {
    const long at = PLACE * w.channels + c;
    const real value = x[0][sight(b, p, q, i, j) + c];
    if ((i == 0 && j == 0) || value > x[1][at]) {
      x[1][at] = value;
      x[2][at] = (real)(i * w.width + j);
    }
  }
}

static void define_max_pool_difference(real **x) {
  EACH_PLACE EACH_SLOT {
    const long at = PLACE * w.channels + c, from = sight(b, p, q, i, j) + c;
    const real value = x[2][from] - (x[1][at] - x[0][from]);
    if ((i == 0 && j == 0) || value > x[3][at]) {
      x[3][at] = value;
      x[4][at] = (real)(i * w.width + j);
    }
  }
}

static void define_max_pool_back(real **x) {
  zero(x[2]);
  EACH_PLACE EACH_SLOT {
    const long at = PLACE * w.channels + c;
    if (x[0][at] == (real)(i * w.width + j)) x[2][sight(b, p, q, i, j) + c] += x[1][at];
  }
}

/* What an operand is: unused, images, patches, results of a pool, or slots. */
enum kind { NONE, IMAGES, PATCHES, POOLED, SLOTS };

struct tested {
  const char *name;
  loop *run;
  void (*define)(real **);
  enum kind kinds[OPERANDS];
  int inputs; /* bits */
};
#define TESTED(name, inputs, ...) {#name, CALL(name), define_##name, {__VA_ARGS__}, inputs}
static const struct tested all[] = {
    TESTED(patches, 1, IMAGES, PATCHES),
    TESTED(sum_patches, 1, PATCHES, IMAGES),
    TESTED(average_pool, 1, IMAGES, POOLED),
    TESTED(average_pool_back, 1, POOLED, IMAGES),
    TESTED(max_pool, 1, IMAGES, POOLED, POOLED),
    TESTED(max_pool_difference, 7, IMAGES, POOLED, IMAGES, POOLED, POOLED),
    TESTED(max_pool_back, 3, SLOTS, POOLED, IMAGES),
};

static long elements(enum kind kind) {
  switch (kind) {
    case NONE: return 0;
    case IMAGES: return BATCH * image_size(&w);
    case PATCHES: return BATCH * places_of(&w) * patch_of(&w);
    default: return BATCH * places_of(&w) * w.channels;
  }
}

static void test(const struct tested *t, int at_end, long cut) {
  guarded operands[OPERANDS], expected[OPERANDS];
  real *x[OPERANDS], *y[OPERANDS];
  for (int k = 0; k < OPERANDS; k++) {
    const long n = elements(t->kinds[k]);
    const int input = t->inputs >> k & 1;
    operands[k] = input ? guarded_draws(n, at_end) : guarded_room(n + (n == 0), at_end);
    expected[k] = guarded_room(n + (n == 0), at_end);
    x[k] = operands[k].data;
    y[k] = expected[k].data;
    for (long e = 0; e < n && input; e++) {
      const real value = x[k][e];
      /* Eighths have ties. */
      x[k][e] = t->kinds[k] == SLOTS ? (real)((long)(value * 1000 + 1000) % (w.height * w.width)) : (real)(long)(value * 8) / 8;
      y[k][e] = x[k][e];
    }
  }
  t->define(y);
  const long cuts[] = {0, cut, BATCH};
  for (int part = 1; part >= 0; part--) {
    t->run(x[0], x[1], x[2], x[3], x[4], w.image_height, w.image_width, w.channels, w.height, w.width, w.stride, w.padding, cuts[part],
        cuts[part + 1]);
  }
  for (int k = 0; k < OPERANDS; k++) {
    for (long e = 0; e < elements(t->kinds[k]); e++) {
      if (!(x[k][e] == y[k][e])) {
        fprintf(stderr, "%s: operand %d element %ld is %g, expected %g; image %ld %ld %ld window %ld %ld stride %ld padding %ld\n", t->name, k,
            e, (double)x[k][e], (double)y[k][e], w.image_height, w.image_width, w.channels, w.height, w.width, w.stride, w.padding);
        exit(1);
      }
    }
    guarded_free(operands[k]), guarded_free(expected[k]);
  }
}

int main(void) {
  const long channels[] = {1, 2, 3, 5, 7, 8, 15, 16, 17, 33};
  const long kernels[][2] = {{1, 1}, {1, 3}, {2, 2}, {3, 1}, {3, 3}, {4, 2}, {5, 5}};
  long tests = 0;
  for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
      for (long stride = 1; stride <= 3; stride++) {
        for (long padding = 0; padding < kernels[k][0] && padding < kernels[k][1] && padding <= 2; padding++) {
          const long h = kernels[k][0] + tests % 3, v = kernels[k][1] + tests % 4;
          w = (struct window){h, v, channels[c], kernels[k][0], kernels[k][1], stride, padding, (h + 2 * padding - kernels[k][0]) / stride + 1,
              (v + 2 * padding - kernels[k][1]) / stride + 1};
          for (size_t t = 0; t < sizeof all / sizeof *all; t++) {
            if (padding == 0 || t < 2) test(&all[t], (int)(tests % 2), tests % 3), tests++;
          }
        }
      }
    }
  }
  printf("%ld loops over images\n", tests);
  return 0;
}
