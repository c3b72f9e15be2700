// back[b, y, x, c] = the sum of d[b, p, q, c] over the places whose maximum is the pixel.
//
// slot, d: (batch, places * channels), with slot as max_pool.cu leaves it. back: (batch, rows * columns * channels) of the image.
// Writes: =. Aliases: none.
// Grid: x over the elements of back in strides, each summed by one thread in the order of the places, in float64. Deterministic.
// Twin: ReferenceImagePasses.maxPoolBack.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void max_pool_back(Window window, const T* slot, const T* d, T* back, long long batch) {
  gather(window, batch, 1, back,
         [&](long long example, long long place, long long number, unsigned c) {
           long long at = example * window.pooled() + place * window.channels + c;
           return slot[at] == static_cast<T>(number) ? d[at] : T(0);
         });
}

}  // namespace lemniscate

#define MAX_POOL_BACK_PARAMETERS(T) \
  (lemniscate::Window window, const T* __restrict__ slot, const T* __restrict__ d, T* __restrict__ back, long long batch)
LEMNISCATE_ENTRIES(max_pool_back, MAX_POOL_BACK_PARAMETERS, (window, slot, d, back, batch))
