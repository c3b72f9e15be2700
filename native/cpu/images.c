/*
 * Patches of images and pools. All go over whole images `from` (inclusive) to `to` (exclusive) of a batch, and what an image's elements
 * are made of is added in one order: the same bits wherever the batch is cut.
 */
#include "loop.h"
#include "window.h"

/* Operands from their first element on. */
#define IMAGE_LOOP(name)                                                                                                           \
  void EXPORT(name)(UNUSED real * x0, UNUSED real * x1, UNUSED real * x2, UNUSED real * x3, UNUSED real * x4, WINDOW_PARAMETERS,     \
      long from, long to)

/* Rows of x1 = patches of x0. */
IMAGE_LOOP(patches) {
  const struct window w = WINDOW;
  real *patch = x1 + from * places_of(&w) * patch_of(&w);
  for (long b = from; b < to; b++) {
    for (long p = 0; p < w.down; p++) {
      for (long q = 0; q < w.across; q++, patch += patch_of(&w)) patch_at(&w, x0 + b * image_size(&w), p, q, patch);
    }
  }
}

/* x1 = sums of the patches x0 that see a pixel. From the last place to the first: a pixel's patches come in the order of its slots. */
IMAGE_LOOP(sum_patches) {
  const struct window w = WINDOW;
  for (long b = from; b < to; b++) {
    real *image = x1 + b * image_size(&w);
    const real *patch = x0 + (b + 1) * places_of(&w) * patch_of(&w);
    memset(image, 0, (size_t)image_size(&w) * sizeof(real));
    for (long p = w.down - 1; p >= 0; p--) {
      for (long q = w.across - 1; q >= 0; q--) {
        patch -= patch_of(&w);
        add_patch_at(&w, patch, p, q, image);
      }
    }
  }
}

/* ---------------------------------------------------------------- pools */

/* A place of a pool: where its first pixel and its result lie. */
struct place {
  long pixel, result;
};

/* The loop `name` over name_at(window, operands, place, first channel, number of channels); pools have no padding. */
#define POOL_LOOP(name)                                                                                                            \
  IMAGE_LOOP(name) {                                                                                                               \
    const struct window w = WINDOW;                                                                                                \
    real *const x[] = {x0, x1, x2, x3, x4};                                                                                        \
    struct place at = {0, from * places_of(&w) * channels};                                                                        \
    for (long b = from; b < to; b++) {                                                                                             \
      name##_begin(&w, x, b);                                                                                                      \
      for (long p = 0; p < w.down; p++) {                                                                                          \
        for (long q = 0; q < w.across; q++, at.result += channels) {                                                               \
          at.pixel = ((b * image_height + p * stride) * image_width + q * stride) * channels;                                      \
          long c = 0;                                                                                                              \
          for (; c + LANES <= channels; c += LANES) name##_at(&w, x, (struct place){at.pixel + c, at.result + c}, LANES);            \
          if (c < channels) name##_at(&w, x, (struct place){at.pixel + c, at.result + c}, channels - c);                            \
        }                                                                                                                          \
      }                                                                                                                            \
      name##_end(&w, x, b);                                                                                                        \
    }                                                                                                                              \
  }

/* Nothing before or after the places of an image. */
#define NOTHING_AROUND(name)                                                                                                       \
  INLINE void name##_begin(UNUSED const struct window *w, UNUSED real *const *x, UNUSED long b) {}                                  \
  INLINE void name##_end(UNUSED const struct window *w, UNUSED real *const *x, UNUSED long b) {}

/* The pixels of a window in the order of their slots. */
#define EACH_PIXEL(w, at)                                                                                                          \
  for (long i = 0, slot = 0; i < (w)->height; i++)                                                                                 \
    for (long j = 0, at = i * (w)->image_width * (w)->channels; j < (w)->width; j++, slot++, at += (w)->channels)

INLINE double share_of(const struct window *w) { return 1.0 / (double)(w->height * w->width); }

/* x1 = means over the windows of x0. */
INLINE void average_pool_at(const struct window *w, real *const *x, struct place place, long n) {
  vec sum = {0};
  EACH_PIXEL(w, at) {
    (void)slot;
    sum += get(x[0] + place.pixel + at, n);
  }
  put(x[1] + place.result, sum * all(share_of(w)), n);
}
NOTHING_AROUND(average_pool)
POOL_LOOP(average_pool)

INLINE void clear(const struct window *w, real *images, long b) {
  memset(images + b * image_size(w), 0, (size_t)image_size(w) * sizeof(real));
}

/* x1 = each window's share of x0, added up. */
INLINE void average_pool_back_begin(const struct window *w, real *const *x, long b) { clear(w, x[1], b); }
INLINE void average_pool_back_at(const struct window *w, real *const *x, struct place place, long n) {
  const vec d = get(x[0] + place.result, n) * all(share_of(w));
  EACH_PIXEL(w, at) {
    (void)slot;
    real *pixel = x[1] + place.pixel + at;
    put(pixel, get(pixel, n) + d, n);
  }
}
INLINE void average_pool_back_end(UNUSED const struct window *w, UNUSED real *const *x, UNUSED long b) {}
POOL_LOOP(average_pool_back)

/* The first of the largest so far and its slot. */
struct largest {
  vec value, slot;
};
INLINE void raise_to(struct largest *most, vec value, long slot) {
  const mask higher = slot == 0 ? (mask)((ivec){0} - 1) : greater(value, most->value);
  most->value = choose(higher, value, most->value);
  most->slot = choose(higher, all((double)slot), most->slot);
}

/* x1 = maxima over the windows of x0, x2 = their slots. */
INLINE void max_pool_at(const struct window *w, real *const *x, struct place place, long n) {
  struct largest most = {{0}, {0}};
  EACH_PIXEL(w, at) raise_to(&most, get(x[0] + place.pixel + at, n), slot);
  put(x[1] + place.result, most.value, n);
  put(x[2] + place.result, most.slot, n);
}
NOTHING_AROUND(max_pool)
POOL_LOOP(max_pool)

/* x3 = maxima over the windows of x0 + x2 less those of x0, which are x1; x4 = their slots. */
INLINE void max_pool_difference_at(const struct window *w, real *const *x, struct place place, long n) {
  const vec before = get(x[1] + place.result, n);
  struct largest most = {{0}, {0}};
  EACH_PIXEL(w, at) {
    const vec below = before - get(x[0] + place.pixel + at, n);
    raise_to(&most, get(x[2] + place.pixel + at, n) - below, slot);
  }
  put(x[3] + place.result, most.value, n);
  put(x[4] + place.result, most.slot, n);
}
NOTHING_AROUND(max_pool_difference)
POOL_LOOP(max_pool_difference)

/* x2 = x1 at the slots x0 of each window, added up. */
INLINE void max_pool_back_begin(const struct window *w, real *const *x, long b) { clear(w, x[2], b); }
INLINE void max_pool_back_at(const struct window *w, real *const *x, struct place place, long n) {
  const vec chosen = get(x[0] + place.result, n);
  const vec d = get(x[1] + place.result, n);
  EACH_PIXEL(w, at) {
    real *pixel = x[2] + place.pixel + at;
    const vec slots = all((double)slot);
    const mask here = at_least(chosen, slots) & at_least(slots, chosen);
    put(pixel, get(pixel, n) + choose(here, d, (vec){0}), n);
  }
}
INLINE void max_pool_back_end(UNUSED const struct window *w, UNUSED real *const *x, UNUSED long b) {}
POOL_LOOP(max_pool_back)
