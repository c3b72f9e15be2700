// normalized[r, :] = length x[r, :] / (||x[r, :]|| + epsilon length).
//
// x, normalized: (rows, width).
// Writes: =. Aliases: normalized may be x.
// Grid: one block a row, in strides; norms in float64. Deterministic. Twin: ReferenceGoodnessPasses.normalize.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void goodness_length(double length, double epsilon, const T* x, T* normalized,
                                long long rows, long long width) {
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    const T* from = x + r * width;
    double squares = 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      squares += static_cast<double>(from[i]) * from[i];
    }
    double factor = length / (sqrt(block_total(squares)) + epsilon * length);
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      normalized[r * width + i] = static_cast<T>(factor * from[i]);
    }
  }
}

}  // namespace lemniscate

#define GOODNESS_LENGTH_PARAMETERS(T) \
  (double length, double epsilon, const T* x, T* normalized, long long rows, long long width)
LEMNISCATE_ENTRIES(goodness_length, GOODNESS_LENGTH_PARAMETERS,
                   (length, epsilon, x, normalized, rows, width))
