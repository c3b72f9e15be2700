// difference = n(x + d) - n(x) with d the former content and n of normalize.cu, without cancellation: with r = ||x|| and
// q = ||x + d|| it is norm (d - x c/r)/q for c = q - r = sum d (2x + d)/(r + q).
//
// x, difference: (rows, width); difference is updated in place. A whole matrix is one row.
// Writes: =. Aliases: none.
// Grid: one block a row, in strides; sums in float64. Deterministic. Twin: ReferencePepitaPasses.normalizedDifference.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void normalized_difference(double norm, const T* x, T* difference, long long rows,
                                      long long width) {
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    const T* at = x + r * width;
    T* d = difference + r * width;
    double before = 0, growth = 0, after = 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      double from = at[i], by = d[i];
      before += from * from;
      growth += by * (2 * from + by);
      after += (from + by) * (from + by);
    }
    before = sqrt(block_total(before));
    after = sqrt(block_total(after));
    growth = block_total(growth);
    double change = before + after > 0 ? growth / (before + after) : 0;
    double along = before > 0 ? change / before : 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      double moved = after > 0 ? norm * (d[i] - at[i] * along) / after
                               : (before > 0 ? -norm * at[i] / before : 0);
      d[i] = static_cast<T>(moved);
    }
  }
}

}  // namespace lemniscate

#define NORMALIZED_DIFFERENCE_PARAMETERS(T) \
  (double norm, const T* x, T* difference, long long rows, long long width)
LEMNISCATE_ENTRIES(normalized_difference, NORMALIZED_DIFFERENCE_PARAMETERS,
                   (norm, x, difference, rows, width))
