/*
 * Convolutions as products with patches that are never stored as a whole: some rows or columns of the matrix of patches are laid out on
 * the way, where a tile reads them, or a part of it is added to the image as soon as it is made. The sums are those of products.c, and the
 * patches that see a pixel are added in the order of its slots: the same bits as by way of a matrix of patches, however they are cut
 * among threads.
 */
#include "tiles.h"
#include "window.h"

/* What a place sees: its first pixel from the beginning of the batch, which may lie outside, and the rows and elements of a row inside. */
struct sight {
  long first;
  int top, bottom, left, right;
};

static void look(const struct window *w, long place, long count, struct sight *to) {
  const long places = places_of(w);
  long b = place / places, p = place % places / w->across, q = place % w->across;
  for (; count > 0; count--, to++) {
    const struct inside down = inside_down(w, p), across = inside_across(w, q);
    const long first = b * image_size(w) + (down.start * w->image_width + across.start) * w->channels;
    *to = (struct sight){first, (int)down.from, (int)down.to, (int)(across.from * w->channels), (int)(across.to * w->channels)};
    if (++q == w->across) {
      q = 0;
      if (++p == w->down) {
        p = 0;
        b++;
      }
    }
  }
}

INLINE long greatest(long a, long b) { return a > b ? a : b; }

/* Rows of a window that columns `from` to `to` of a patch belong to: i, and the columns `begin` to `end` of it. */
#define EACH_ROW(w, from, to)                                                                                                      \
  for (long row = (w)->width * (w)->channels, i = (from) / row, begin = (from)-i * row, end = least((to)-i * row, row);             \
       i * row < (to); i++, begin = 0, end = least((to)-i * row, row))

/* Columns `begin` to `end` of row i of a patch, at their place in some columns of it. */
INLINE void take_row(
    const struct window *w, const real *x, const struct sight *s, long i, long begin, long end, real *at) {
  if (i < s->top || i >= s->bottom) {
    zero_run(at + begin, end - begin);
    return;
  }
  const real *pixels = x + s->first + i * w->image_width * w->channels;
  if (s->left <= begin && end <= s->right) {
    copy_run(at + begin, pixels + begin, end - begin);
    return;
  }
  const long left = least(greatest(s->left, begin), end), right = greatest(least(s->right, end), left);
  zero_run(at + begin, left - begin);
  copy_run(at + left, pixels + left, right - left);
  zero_run(at + right, end - right);
}

/* The lanes `from` to `to` of a vector, zeros in the others. */
INLINE vec lanes(vec v, long from, long to) {
  ivec lane;
  UNROLL for (int l = 0; l < LANES; l++) lane[l] = l;
  return (vec)((ivec)v & (lane >= (ivec){0} + (bits)from) & (lane < (ivec){0} + (bits)to));
}

/*
 * Rows that are shorter than a vector: a whole one is copied, the lanes outside the image cleared, and what is too much is written over
 * afterwards; not where that would lie beyond the images or behind the last patch.
 */
static void take_short_rows(const struct window *w, const real *x, const real *x_end, const struct sight *sights, long count, long from,
    long to, real *patches, long ldt) {
  struct {
    long i, begin, end, pixel, column;
  } runs[DEPTH + 1];
  long n = 0;
  EACH_ROW(w, from, to) {
    runs[n].i = i;
    runs[n].begin = begin;
    runs[n].end = end;
    runs[n].pixel = i * w->image_width * w->channels + begin;
    runs[n++].column = i * row + begin - from;
  }
  const long row = w->width * w->channels;
  const long last = x_end - x - LANES;
  for (long r = 0; r < count; r++, patches += ldt) {
    const struct sight s = sights[r];
    const int apart = s.first + runs[0].pixel >= 0 && s.first + runs[n - 1].pixel <= last && r + 1 < count;
    if (apart && s.top == 0 && s.bottom == w->height && s.left == 0 && s.right == row) {
      for (long k = 0; k < n; k++) store(patches + runs[k].column, load(x + s.first + runs[k].pixel));
    } else if (apart) {
      for (long k = 0; k < n; k++) {
        const long right = s.top <= runs[k].i && runs[k].i < s.bottom ? s.right - runs[k].begin : 0;
        store(patches + runs[k].column, lanes(load(x + s.first + runs[k].pixel), s.left - runs[k].begin, right));
      }
    } else {
      for (long k = 0; k < n; k++) take_row(w, x, &s, runs[k].i, runs[k].begin, runs[k].end, patches + runs[k].column - runs[k].begin);
    }
  }
}

/* Columns `from` to `to` of some patches of images that end at x_end, the first of each at `ldt` from the one before. */
static void take(const struct window *w, const real *x, const real *x_end, const struct sight *sights, long count, long from, long to,
    real *patches, long ldt) {
  if (w->width * w->channels < LANES) {
    take_short_rows(w, x, x_end, sights, count, from, to, patches, ldt);
    return;
  }
  EACH_ROW(w, from, to) {
    for (long r = 0; r < count; r++) take_row(w, x, &sights[r], i, begin, end, patches + r * ldt + i * row - from);
  }
}

/* Adds columns `from` to `to` of some patches to the images. From the last place to the first, so that slots come in their order. */
static void give(
    const struct window *w, const real *patches, long ldp, const struct sight *sights, long count, long from, long to, real *x) {
  const long image_row = w->image_width * w->channels;
  EACH_ROW(w, from, to) {
    const real *at = patches + i * row - from + count * ldp;
    for (long r = count - 1; r >= 0; r--) {
      const struct sight s = sights[r];
      at -= ldp;
      if (i < s.top || i >= s.bottom) continue;
      const long left = greatest(s.left, begin), right = least(s.right, end);
      add_run(x + s.first + i * image_row + left, at + left, right - left);
    }
  }
}

/*
 * Places `from` to `to` of u = alpha patches(x) weightᵀ, of `channels_out` columns, with weightᵀ in panels.
 */
void EXPORT(convolve)(
    WINDOW_PARAMETERS, long channels_out, double alpha, const real *x, const real *panels, real *u, long from, long to, real *scratch) {
  const struct window w = WINDOW;
  const long count = panels_of(channels_out);
  const long k = patch_of(&w);
  const real *x_end = x + ((to + places_of(&w) - 1) / places_of(&w)) * image_size(&w);
  struct sight sights[CHUNK];
  for (long chunk = from; chunk < to; chunk += CHUNK) {
    const long rows = least(CHUNK, to - chunk);
    const cut strips = strips_of(rows);
    look(&w, chunk, rows, sights);
    for (long block = 0; block < k; block += DEPTH) {
      const long depth = least(DEPTH, k - block);
      take(&w, x, x_end, sights, rows, block, block + depth, scratch, COPY_ROW);
      result into = {(real)alpha, block == 0 ? 0 : 1, u, channels_out, PANEL};
      for (long panel = 0; panel < count; panel++) {
        const real *b = panels + panel_start(block, depth, panel, count);
        const real *a = scratch;
        into.columns = least(PANEL, channels_out - panel * PANEL);
        into.c = u + chunk * channels_out + panel * PANEL;
        for (long strip = 0; strip < strips.count; strip++) {
          const long rows_of_strip = height_of(&strips, strip);
          ROWS_APART[rows_of_strip](depth, a, COPY_ROW, b, &into);
          a += rows_of_strip * COPY_ROW;
          into.c += rows_of_strip * channels_out;
        }
      }
    }
  }
}

/* Places that are taken through a group of panels before the next, so that their part of the images stays in the second-level cache. */
#define PLACES_AT_ONCE (4 * CHUNK)

/*
 * Images `from` to `to` of back = alpha gated weight, summed patch by patch, with the weight, of `channels_out` rows, in panels.
 */
void EXPORT(convolve_back)(WINDOW_PARAMETERS, long channels_out, double alpha, const real *gated, const real *panels, real *back, long from,
    long to, real *scratch) {
  const struct window w = WINDOW;
  const long n = patch_of(&w);
  const long count = panels_of(n);
  const long images = greatest(1, PLACES_AT_ONCE / places_of(&w));
  struct sight sights[CHUNK];
  for (long b = from; b < to; b += images) {
    const long first = b * places_of(&w), last = least(b + images, to) * places_of(&w);
    memset(back + b * image_size(&w), 0, (size_t)(least(images, to - b) * image_size(&w)) * sizeof(real));
    for (long group = 0; group < count; group += PANELS_AT_ONCE) {
      const long end = least(count, group + PANELS_AT_ONCE);
      const long row = PANELS_AT_ONCE * PANEL;
      for (long after = last; after > first; after -= CHUNK) {
        const long chunk = greatest(first, after - CHUNK), rows = after - chunk;
        const cut strips = strips_of(rows);
        for (long block = 0; block < channels_out; block += DEPTH) {
          const long depth = least(DEPTH, channels_out - block);
          result into = {(real)alpha, block == 0 ? 0 : 1, scratch, row, PANEL};
          for (long panel = group; panel < end; panel++) {
            const real *p = panels + panel_start(block, depth, panel, count);
            const real *a = gated + chunk * channels_out + block;
            into.c = scratch + (panel - group) * PANEL;
            for (long strip = 0; strip < strips.count; strip++) {
              const long rows_of_strip = height_of(&strips, strip);
              ROWS_APART[rows_of_strip](depth, a, channels_out, p, &into);
              a += rows_of_strip * channels_out;
              into.c += rows_of_strip * row;
            }
          }
        }
        look(&w, chunk, rows, sights);
        give(&w, scratch, row, sights, rows, group * PANEL, least(end * PANEL, n), back);
      }
    }
  }
}

/*
 * Rows `row_from` to `row_to` and panels of columns `panel_from` to `panel_to` of gradient = alpha gatedᵀ patches(x) + beta gradient, of
 * `channels_out` rows; `batch` images.
 */
void EXPORT(convolution_gradient)(WINDOW_PARAMETERS, long channels_out, double alpha, long batch, const real *gated, const real *x,
    double beta, real *gradient, long row_from, long row_to, long panel_from, long panel_to, real *scratch) {
  const struct window w = WINDOW;
  const long n = patch_of(&w);
  const long k = batch * places_of(&w);
  real *packed = scratch + CHUNK * COPY_ROW;
  struct sight sights[DEPTH];
  for (long block = 0; block < k; block += DEPTH) {
    const long depth = least(DEPTH, k - block);
    look(&w, block, depth, sights);
    for (long chunk = row_from; chunk < row_to; chunk += CHUNK) {
      const long rows = least(CHUNK, row_to - chunk);
      const cut strips = strips_of(rows);
      pack_strips(gated + block * channels_out, channels_out, chunk, rows, depth, scratch);
      result into = {(real)alpha, block == 0 ? (real)beta : 1, gradient, n, PANEL};
      for (long group = panel_from; group < panel_to; group += PANELS_AT_ONCE) {
        const long end = least(panel_to, group + PANELS_AT_ONCE);
        for (long panel = group; panel < end; panel++) {
          real *to = packed + (panel - group) * depth * PANEL;
          const long first = panel * PANEL, last = least(n, first + PANEL);
          if (last - first < PANEL) memset(to, 0, (size_t)(depth * PANEL) * sizeof(real));
          take(&w, x, x + batch * image_size(&w), sights, depth, first, last, to, PANEL);
        }
        const real *a = scratch;
        real *c = gradient + chunk * n;
        for (long strip = 0; strip < strips.count; strip++) {
          const long rows_of_strip = height_of(&strips, strip);
          for (long panel = group; panel < end; panel++) {
            into.columns = least(PANEL, n - panel * PANEL);
            into.c = c + panel * PANEL;
            PACKED_STRIP[rows_of_strip](depth, a, 1, packed + (panel - group) * depth * PANEL, &into);
          }
          a += depth * ROWS;
          c += rows_of_strip * n;
        }
      }
    }
  }
}
