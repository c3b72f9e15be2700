// x = x - the mean of all its elements.
//
// x: n elements, updated in place.
// Writes: =. Aliases: none.
// Grid: one block; the mean in float64. Deterministic. Twin: ReferencePepitaPasses.centre.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void centre(T* x, long long n) {
  double sum = 0;
  for (long long i = threadIdx.x; i < n; i += blockDim.x) {
    sum += x[i];
  }
  double mean = block_total(sum) / static_cast<double>(n);
  for (long long i = threadIdx.x; i < n; i += blockDim.x) {
    x[i] = static_cast<T>(x[i] - mean);
  }
}

}  // namespace lemniscate

#define CENTRE_PARAMETERS(T) (T * x, long long n)
LEMNISCATE_ENTRIES(centre, CENTRE_PARAMETERS, (x, n))
