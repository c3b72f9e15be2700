// y[b, p, q, c] = the maximum of x[b, stride p + i, stride q + j, c] over the window, slot[b, p, q, c] = i width + j of the first
// that has it.
//
// x: (batch, rows * columns * channels) of the image. y, slot: (batch, places * channels).
// Writes: =. Aliases: none.
// Grid: x over the elements of y in strides. Deterministic. Twin: ReferenceImagePasses.maxPool.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void max_pool(Window window, const T* x, T* y, T* slot, long long batch) {
  each_place(window, batch, [&](long long first, long long at) {
    T best = x[first];
    long long found = 0;
    each_pixel(window, first, [&](long long number, long long element) {
      if (x[element] > best) {
        best = x[element];
        found = number;
      }
    });
    y[at] = best;
    slot[at] = static_cast<T>(found);
  });
}

}  // namespace lemniscate

#define MAX_POOL_PARAMETERS(T) \
  (lemniscate::Window window, const T* __restrict__ x, T* __restrict__ y, T* __restrict__ slot, long long batch)
LEMNISCATE_ENTRIES(max_pool, MAX_POOL_PARAMETERS, (window, x, y, slot, batch))
