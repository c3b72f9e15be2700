// goodness[r] = (accumulate ? goodness[r] : 0) + factor sum_j h[r, j]^2.
//
// h: (rows, width). goodness: rows elements.
// Writes: =. Aliases: none.
// Grid: one block a row, in strides; sums in float64. Deterministic. Twin: ReferenceGoodnessPasses.measure.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void goodness_measure(double factor, const T* h, long long accumulate, T* goodness,
                                 long long rows, long long width) {
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    double squares = 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      double value = h[r * width + i];
      squares += value * value;
    }
    squares = block_total(squares);
    if (threadIdx.x == 0) {
      goodness[r] = static_cast<T>((accumulate != 0 ? goodness[r] : 0) + factor * squares);
    }
  }
}

}  // namespace lemniscate

#define GOODNESS_MEASURE_PARAMETERS(T) \
  (double factor, const T* h, long long accumulate, T* goodness, long long rows, long long width)
LEMNISCATE_ENTRIES(goodness_measure, GOODNESS_MEASURE_PARAMETERS,
                   (factor, h, accumulate, goodness, rows, width))
