// out[b, :] = softmax(x[b, :]).
//
// x, out: (batch, width).
// Writes: =. Aliases: out may be x.
// Grid: one warp a row, in strides. Deterministic. Twin: ReferenceOperations.softmax.
#include "softmax.cuh"

namespace lemniscate {

template <typename T>
__device__ void softmax(const T* x, T* out, long long batch, long long width) {
  for (long long b = first_element() / kWarp; b < batch; b += elements_apart() / kWarp) {
    const T* row = x + b * width;
    RowSoftmax<T> of = RowSoftmax<T>::of(width, [&](long long j) { return row[j]; });
    for (long long j = threadIdx.x % kWarp; j < width; j += kWarp) {
      out[b * width + j] = of.probability(row[j]);
    }
  }
}

}  // namespace lemniscate

#define SOFTMAX_PARAMETERS(T) (const T* x, T* out, long long batch, long long width)
LEMNISCATE_ENTRIES(softmax, SOFTMAX_PARAMETERS, (x, out, batch, width))
