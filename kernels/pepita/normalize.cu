// y[r, :] = norm x[r, :] / ||x[r, :]||, 0 where the row is 0; of a whole matrix (normalize_all) the same with its one norm.
//
// x, y: (rows, width), of a whole matrix n elements. Of that sum_of_squares makes the partial sums of `count` blocks first, and each
// block of normalize_all adds them in the same order.
// Writes: =. Aliases: none.
// Grid: one block a row, in strides; normalize_all: x over the elements in strides, kSumThreads threads a block. Norms in float64.
// Deterministic. Twin: ReferencePepitaPasses.normalize.
#include "../common/packs.cuh"
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

template <typename T>
__device__ void normalize_all(double norm, const double* partial, long long count, const T* x, T* y,
                              long long n) {
  double length = sqrt(partial_total(partial, count));
  double factor = length > 0 ? norm / length : 0;
  each_pack<T, 2>(
      Elements(n), [=](T x_i, T& y_i) { y_i = static_cast<T>(factor * x_i); }, reads(x), writes(y));
}

}  // namespace lemniscate

#define NORMALIZE_PARAMETERS(T) (double norm, const T* __restrict__ x, T* __restrict__ y, long long rows, long long width)
LEMNISCATE_ENTRIES(normalize, NORMALIZE_PARAMETERS, (norm, x, y, rows, width))

#define NORMALIZE_ALL_PARAMETERS(T)                                                              \
  (double norm, const double* __restrict__ partial, long long count, const T* __restrict__ x, \
   T* __restrict__ y, long long n)
LEMNISCATE_ENTRIES(normalize_all, NORMALIZE_ALL_PARAMETERS, (norm, partial, count, x, y, n))
