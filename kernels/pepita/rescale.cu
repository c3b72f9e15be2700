// x = x (deviation / s)^exponent with s the standard deviation of the reference around its mean; x stays where s is 0.
//
// reference: count elements. x: n elements, updated in place.
// Writes: =. Aliases: x may be the reference.
// Grid: one block; sums in float64. Deterministic. Twin: ReferencePepitaPasses.rescale.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void rescale(double deviation, double exponent, const T* reference, long long count,
                        T* x, long long n) {
  double sum = 0;
  for (long long i = threadIdx.x; i < count; i += blockDim.x) {
    sum += reference[i];
  }
  double mean = block_total(sum) / static_cast<double>(count);
  double squares = 0;
  for (long long i = threadIdx.x; i < count; i += blockDim.x) {
    squares += (reference[i] - mean) * (reference[i] - mean);
  }
  double s = sqrt(block_total(squares) / static_cast<double>(count));
  if (s > 0) {
    double factor = pow(deviation / s, exponent);
    for (long long i = threadIdx.x; i < n; i += blockDim.x) {
      x[i] = static_cast<T>(factor * x[i]);
    }
  }
}

}  // namespace lemniscate

#define RESCALE_PARAMETERS(T) \
  (double deviation, double exponent, const T* reference, long long count, T* x, long long n)
LEMNISCATE_ENTRIES(rescale, RESCALE_PARAMETERS, (deviation, exponent, reference, count, x, n))
