/* A window that slides over images, as `backend.Window` describes it; images and results have their channels innermost. */
#ifndef LEMNISCATE_WINDOW_H
#define LEMNISCATE_WINDOW_H

#include "vec.h"

struct window {
  long image_height, image_width, channels, height, width, stride, padding;
  /* Places below and beside each other. */
  long down, across;
};

/* What every function is told of its window. */
#define WINDOW_PARAMETERS long image_height, long image_width, long channels, long height, long width, long stride, long padding
#define WINDOW                                                                                                                     \
  ((struct window){image_height, image_width, channels, height, width, stride, padding,                                           \
      (image_height + 2 * padding - height) / stride + 1, (image_width + 2 * padding - width) / stride + 1})

INLINE long image_size(const struct window *w) { return w->image_height * w->image_width * w->channels; }
INLINE long places_of(const struct window *w) { return w->down * w->across; }
INLINE long patch_of(const struct window *w) { return w->height * w->width * w->channels; }

/* The part of a window's extent that lies inside the image: offsets `from` to `to` from `start`, its first pixel, which may lie outside. */
struct inside {
  long start, from, to;
};
INLINE struct inside inside_of(long place, long extent, long image, long stride, long padding) {
  const long start = place * stride - padding;
  return (struct inside){start, start < 0 ? -start : 0, start + extent > image ? image - start : extent};
}
INLINE struct inside inside_down(const struct window *w, long p) {
  return inside_of(p, w->height, w->image_height, w->stride, w->padding);
}
INLINE struct inside inside_across(const struct window *w, long q) {
  return inside_of(q, w->width, w->image_width, w->stride, w->padding);
}

/* Some elements that lie apart from where they go; a few of them without a call. */
INLINE void copy_run(real *to, const real *from, long n) {
  if (n >= LANES) {
    for (long i = 0; i + LANES <= n; i += LANES) store(to + i, load(from + i));
    store(to + n - LANES, load(from + n - LANES));
    return;
  }
  UNROLL for (long piece = LANES / 2; piece > 0; piece /= 2) {
    if (n & piece) {
      memcpy(to, from, (size_t)piece * sizeof(real));
      to += piece;
      from += piece;
    }
  }
}

INLINE void zero_run(real *to, long n) {
  if (n >= LANES) {
    for (long i = 0; i + LANES <= n; i += LANES) store(to + i, (vec){0});
    store(to + n - LANES, (vec){0});
    return;
  }
  UNROLL for (long piece = LANES / 2; piece > 0; piece /= 2) {
    if (n & piece) {
      memset(to, 0, (size_t)piece * sizeof(real));
      to += piece;
    }
  }
}

/* to += from. */
INLINE void add_run(real *to, const real *from, long n) {
  long i = 0;
  for (; i + LANES <= n; i += LANES) store(to + i, load(to + i) + load(from + i));
  for (; i < n; i++) to[i] += from[i];
}

/* The patch of place (p, q) of an image. */
INLINE void patch_at(const struct window *w, const real *image, long p, long q, real *patch) {
  const struct inside down = inside_down(w, p);
  const struct inside across = inside_across(w, q);
  const long c = w->channels;
  const long row = w->width * c;
  for (long i = 0; i < w->height; i++, patch += row) {
    if (i < down.from || i >= down.to) {
      zero_run(patch, row);
      continue;
    }
    const real *from = image + ((down.start + i) * w->image_width + across.start) * c;
    zero_run(patch, across.from * c);
    copy_run(patch + across.from * c, from + across.from * c, (across.to - across.from) * c);
    zero_run(patch + across.to * c, (w->width - across.to) * c);
  }
}

/* Adds the patch of place (p, q) to the image. */
INLINE void add_patch_at(const struct window *w, const real *patch, long p, long q, real *image) {
  const struct inside down = inside_down(w, p);
  const struct inside across = inside_across(w, q);
  const long c = w->channels;
  for (long i = down.from; i < down.to; i++) {
    add_run(image + ((down.start + i) * w->image_width + across.start + across.from) * c,
        patch + (i * w->width + across.from) * c, (across.to - across.from) * c);
  }
}

#endif
