// patches[(b, p, q), (i, j, c)] = x[b, stride p + i - padding, stride q + j - padding, c], 0 outside the image.
//
// x: (batch, rows * columns * channels) of the image. patches: (batch * places, height * width * channels).
// Writes: =. Aliases: none.
// Grid: x over the elements of the patches in strides. Deterministic. Twin: ReferenceImagePasses.patches.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void patches(Window window, const T* x, T* patches, long long batch) {
  Divisor places(window.places()), across(window.across);
  Divisor channels(window.channels), width(window.width);
  each_cell(batch * window.places(), window.patch(), [&](long long row, long long column) {
    Split at = places.split(row);
    Split place = across.split(at.rest);
    Split value = channels.split(column);
    Split pixel = width.split(value.whole);
    long long down = place.whole * window.stride + pixel.whole - window.padding;
    long long right = place.rest * window.stride + pixel.rest - window.padding;
    bool inside = down >= 0 && down < window.rows && right >= 0 && right < window.columns;
    long long from = (at.whole * window.rows + down) * window.columns + right;
    patches[row * window.patch() + column] =
        inside ? x[from * window.channels + value.rest] : T(0);
  });
}

}  // namespace lemniscate

#define PATCHES_PARAMETERS(T) (lemniscate::Window window, const T* __restrict__ x, T* __restrict__ patches, long long batch)
LEMNISCATE_ENTRIES(patches, PATCHES_PARAMETERS, (window, x, patches, batch))
