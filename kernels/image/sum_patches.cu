// x[b, y, x, c] = the sum over the patches that see the pixel: the adjoint of patches.cu.
//
// patches: (batch * places, height * width * channels). x: (batch, rows * columns * channels) of the image.
// Writes: =. Aliases: none.
// Grid: x over the elements of x in strides, each summed by one thread in the order of the places, in float64. Deterministic. Twin:
// ReferenceImagePasses.sumPatches.
#include "window.cuh"

namespace lemniscate {

template <typename T>
__device__ void sum_patches(Window window, const T* patches, T* x, long long batch) {
  gather(window, batch, 1, x, [&](long long example, long long place, long long slot, unsigned c) {
    long long row = example * window.places() + place;
    return patches[row * window.patch() + slot * window.channels + c];
  });
}

}  // namespace lemniscate

#define SUM_PATCHES_PARAMETERS(T) \
  (lemniscate::Window window, const T* __restrict__ patches, T* __restrict__ x, long long batch)
LEMNISCATE_ENTRIES(sum_patches, SUM_PATCHES_PARAMETERS, (window, patches, x, batch))
