// y[b, p, q, c] = the mean of x[b, stride p + i, stride q + j, c] over the window.
//
// x: (batch, rows * columns * channels) of the image. y: (batch, places * channels).
// Writes: =. Aliases: none.
// Grid: x over the elements of y in strides, each summed by one thread in the order of (i, j), in float64. Deterministic. Twin:
// ReferenceImagePasses.averagePool.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void average_pool(Window window, const T* x, T* y, long long batch) {
  double share = 1.0 / static_cast<double>(window.pixels());
  each_place(window, batch, [&](long long first, long long at) {
    double sum = 0;
    each_pixel(window, first, [&](long long, long long element) { sum += x[element]; });
    y[at] = static_cast<T>(share * sum);
  });
}

}  // namespace lemniscate

#define AVERAGE_POOL_PARAMETERS(T) (lemniscate::Window window, const T* __restrict__ x, T* __restrict__ y, long long batch)
LEMNISCATE_ENTRIES(average_pool, AVERAGE_POOL_PARAMETERS, (window, x, y, batch))
