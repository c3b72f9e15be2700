/*
 * Convolutions against products with the whole matrix of patches, bit for bit, with each operand before and after a forbidden page, what
 * is written poisoned, and the result cut among threads in several ways.
 */
#define _GNU_SOURCE
#include "../window.h"

#include "guarded.h"

#define CALL(name) NAME_OF(INSTRUCTION_SET, TYPE, name)

extern long CALL(panel_columns)(void);
extern long CALL(scratch_bytes)(void);
extern void CALL(pack)(long transposed, long k, long n, const real *b, long ldb, real *panels, long from, long to);
extern void CALL(multiply_unpacked)(long transposed_a, long transposed_b, long m, long n, long k, double alpha, const real *a, long lda,
    const real *b, long ldb, double beta, real *c, long ldc, real *scratch);
extern void CALL(patches)(real *, real *, real *, real *, real *, WINDOW_PARAMETERS, long from, long to);
extern void CALL(sum_patches)(real *, real *, real *, real *, real *, WINDOW_PARAMETERS, long from, long to);
typedef void convolution(WINDOW_PARAMETERS, long channels_out, double alpha, const real *source, const real *panels, real *target, long from,
    long to, real *scratch);
extern convolution CALL(convolve), CALL(convolve_back);
extern void CALL(convolution_gradient)(WINDOW_PARAMETERS, long channels_out, double alpha, long batch, const real *gated, const real *x,
    double beta, real *gradient, long row_from, long row_to, long panel_from, long panel_to, real *scratch);

#define WHERE w->image_height, w->image_width, w->channels, w->height, w->width, w->stride, w->padding

static void same(guarded found, guarded expected, long n, const char *what) {
  check(memcmp(found.data, expected.data, (size_t)n * sizeof(real)) == 0, what);
}

static guarded copy_of(guarded g, long n, int at_end) {
  guarded copy = guarded_room(n, at_end);
  memcpy(copy.data, g.data, (size_t)n * sizeof(real));
  return copy;
}

static guarded packed(int transposed, long k, long n, guarded b, int at_end) {
  const long columns = CALL(panel_columns)(), count = (n + columns - 1) / columns;
  guarded panels = guarded_room(k * count * columns, at_end);
  CALL(pack)(transposed, k, n, b.data, transposed ? k : n, panels.data, 0, count);
  return panels;
}

static void test(const struct window *w, long batch, long out, int at_end) {
  const long places = batch * places_of(w), patch = patch_of(w), pixels = batch * image_size(w);
  const real alpha = (real)0.7;
  guarded scratch = guarded_room(CALL(scratch_bytes)() / (long)sizeof(real), at_end);
  guarded x = guarded_draws(pixels, at_end), weight = guarded_draws(out * patch, at_end), gated = guarded_draws(places * out, at_end);
  guarded patches = guarded_room(places * patch, at_end);
  CALL(patches)(x.data, patches.data, 0, 0, 0, WHERE, 0, batch);

  guarded panels = packed(1, patch, out, weight, at_end);
  guarded u = guarded_room(places * out, at_end), u0 = guarded_room(places * out, at_end);
  CALL(multiply_unpacked)(0, 1, places, out, patch, alpha, patches.data, patch, weight.data, patch, 0, u0.data, out, scratch.data);
  CALL(convolve)(WHERE, out, alpha, x.data, panels.data, u.data, places / 3, places, scratch.data);
  CALL(convolve)(WHERE, out, alpha, x.data, panels.data, u.data, 0, places / 3, scratch.data);
  same(u, u0, places * out, "convolve");
  guarded_free(panels), guarded_free(u), guarded_free(u0);

  const long columns = CALL(panel_columns)(), count = (patch + columns - 1) / columns;
  guarded gradient = guarded_draws(out * patch, at_end);
  for (int accumulate = 0; accumulate < 2; accumulate++) {
    guarded g = copy_of(gradient, out * patch, at_end), g0 = copy_of(gradient, out * patch, at_end);
    if (!accumulate) memset(g.data, 0xff, (size_t)(out * patch) * sizeof(real));
    CALL(multiply_unpacked)(
        1, 0, out, patch, places, alpha, gated.data, out, patches.data, patch, accumulate, g0.data, patch, scratch.data);
    const long row = out / 2, panel = count / 2;
    CALL(convolution_gradient)(WHERE, out, alpha, batch, gated.data, x.data, accumulate, g.data, 0, row, 0, count, scratch.data);
    CALL(convolution_gradient)(WHERE, out, alpha, batch, gated.data, x.data, accumulate, g.data, row, out, 0, panel, scratch.data);
    CALL(convolution_gradient)(WHERE, out, alpha, batch, gated.data, x.data, accumulate, g.data, row, out, panel, count, scratch.data);
    same(g, g0, out * patch, "convolution_gradient");
    guarded_free(g), guarded_free(g0);
  }
  guarded_free(gradient);

  panels = packed(0, out, patch, weight, at_end);
  guarded back = guarded_room(pixels, at_end), back0 = guarded_room(pixels, at_end);
  CALL(multiply_unpacked)(0, 0, places, patch, out, alpha, gated.data, out, weight.data, patch, 0, patches.data, patch, scratch.data);
  CALL(sum_patches)(patches.data, back0.data, 0, 0, 0, WHERE, 0, batch);
  CALL(convolve_back)(WHERE, out, alpha, gated.data, panels.data, back.data, batch / 2, batch, scratch.data);
  CALL(convolve_back)(WHERE, out, alpha, gated.data, panels.data, back.data, 0, batch / 2, scratch.data);
  same(back, back0, pixels, "convolve_back");
  guarded_free(panels), guarded_free(back), guarded_free(back0);
  guarded_free(scratch), guarded_free(x), guarded_free(weight), guarded_free(gated), guarded_free(patches);
}

int main(void) {
  const long channels[] = {1, 2, 3, 5, 8, 16, 17, 48};
  const long kernels[][2] = {{1, 1}, {1, 3}, {2, 2}, {3, 1}, {3, 3}, {4, 2}, {5, 5}};
  const long batches[] = {1, 3, 7};
  const long outs[] = {1, 5, 16, 33};
  long tests = 0;
  for (size_t c = 0; c < sizeof channels / sizeof *channels; c++) {
    for (size_t k = 0; k < sizeof kernels / sizeof *kernels; k++) {
      for (long stride = 1; stride <= 3; stride++) {
        for (long padding = 0; padding < kernels[k][0] && padding < kernels[k][1] && padding <= 2; padding++, tests++) {
          const long h = kernels[k][0] + tests % 5, v = kernels[k][1] + tests % 7;
          const struct window w = {h, v, channels[c], kernels[k][0], kernels[k][1], stride, padding,
              (h + 2 * padding - kernels[k][0]) / stride + 1, (v + 2 * padding - kernels[k][1]) / stride + 1};
          test(&w, batches[tests % 3], outs[tests % 4], (int)(tests % 2));
        }
      }
    }
  }
  /* Several blocks of sums in each direction, and several groups of panels. */
  const struct window large = {13, 11, 48, 3, 3, 1, 1, 13, 11};
  test(&large, 5, 400, 0);
  const struct window wide = {28, 30, 1, 5, 5, 1, 2, 28, 30};
  test(&wide, 3, 20, 1);
  printf("%ld convolutions\n", tests + 2);
  return 0;
}
