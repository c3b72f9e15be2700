// out = factor sum_b x[b, :].
//
// x: (batch, width). out: width elements.
// Writes: =. Aliases: none.
// Grid: x over the columns in strides, each summed by one thread in the order of the rows, in float64. Deterministic. Twin:
// ReferenceOperations.columnSum.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void column_sum(double factor, const T* x, T* out, long long batch, long long width) {
  each_element(width, [&](long long j) {
    double sum = 0;
    for (long long b = 0; b < batch; b++) {
      sum += x[b * width + j];
    }
    out[j] = static_cast<T>(factor * sum);
  });
}

}  // namespace lemniscate

#define COLUMN_SUM_PARAMETERS(T) \
  (double factor, const T* x, T* out, long long batch, long long width)
LEMNISCATE_ENTRIES(column_sum, COLUMN_SUM_PARAMETERS, (factor, x, out, batch, width))
