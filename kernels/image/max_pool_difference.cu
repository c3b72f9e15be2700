// difference[b, p, q, c] = the maximum of z_j - (y - x_j) over the pixels j of the window, which is pool(x + z) - pool(x) without
// cancellation; slot[b, p, q, c] = number of the first that has it.
//
// x, z: (batch, rows * columns * channels) of the image. y, difference, slot: (batch, places * channels), with y = pool(x).
// Writes: =. Aliases: none.
// Grid: x over the elements of y in strides; in float64, so that ties are those of the numbers given. Deterministic. Twin:
// ReferenceImagePasses.maxPoolDifference.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void max_pool_difference(Window window, const T* x, const T* y, const T* z,
                                    T* difference, T* slot, long long batch) {
  each_place(window, batch, [&](long long first, long long at) {
    double pooled = y[at], best = 0;
    long long found = 0;
    each_pixel(window, first, [&](long long number, long long element) {
      double moved = z[element] - (pooled - x[element]);
      if (number == 0 || moved > best) {
        best = moved;
        found = number;
      }
    });
    difference[at] = static_cast<T>(best);
    slot[at] = static_cast<T>(found);
  });
}

}  // namespace lemniscate

#define MAX_POOL_DIFFERENCE_PARAMETERS(T)                                                      \
  (lemniscate::Window window, const T* __restrict__ x, const T* __restrict__ y, const T* __restrict__ z, T* __restrict__ difference, T* __restrict__ slot, \
   long long batch)
LEMNISCATE_ENTRIES(max_pool_difference, MAX_POOL_DIFFERENCE_PARAMETERS,
                   (window, x, y, z, difference, slot, batch))
