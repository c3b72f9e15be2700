// back[b, y, x, c] = the sum of d[b, p, q, c] over the places that see the pixel, divided by the pixels of a window.
//
// d: (batch, places * channels). back: (batch, rows * columns * channels) of the image.
// Writes: =. Aliases: none.
// Grid: x over the elements of back in strides, each summed by one thread in the order of the places, in float64. Deterministic.
// Twin: ReferenceImagePasses.averagePoolBack.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void average_pool_back(Window window, const T* d, T* back, long long batch) {
  double share = 1.0 / static_cast<double>(window.pixels());
  gather(window, batch, share, back,
         [&](long long example, long long place, long long, unsigned c) {
           return d[example * window.pooled() + place * window.channels + c];
         });
}

}  // namespace lemniscate

#define AVERAGE_POOL_BACK_PARAMETERS(T) \
  (lemniscate::Window window, const T* __restrict__ d, T* __restrict__ back, long long batch)
LEMNISCATE_ENTRIES(average_pool_back, AVERAGE_POOL_BACK_PARAMETERS, (window, d, back, batch))
