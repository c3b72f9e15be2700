// y[r, :] = norm x[r, :] / ||x[r, :]||, 0 where the row is 0. A whole matrix is one row.
//
// x, y: (rows, width).
// Writes: =. Aliases: none.
// Grid: one block a row, in strides; norms in float64. Deterministic. Twin: ReferencePepitaPasses.normalize.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void normalize(double norm, const T* x, T* y, long long rows, long long width) {
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    const T* from = x + r * width;
    double squares = 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      squares += static_cast<double>(from[i]) * from[i];
    }
    double length = sqrt(block_total(squares));
    double factor = length > 0 ? norm / length : 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      y[r * width + i] = static_cast<T>(factor * from[i]);
    }
  }
}

}  // namespace lemniscate

#define NORMALIZE_PARAMETERS(T) (double norm, const T* __restrict__ x, T* __restrict__ y, long long rows, long long width)
LEMNISCATE_ENTRIES(normalize, NORMALIZE_PARAMETERS, (norm, x, y, rows, width))
