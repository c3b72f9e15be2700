// factors[2i] = -s gradient_factor, factors[2i + 1] = 1 - s decay with s = rate_factor rate: alpha and beta of a product that makes a
// gradient and takes the step of sgd.cu with it.
//
// descents: for each the address of rate (one float64), rate_factor, decay and gradient_factor. factors: count pairs.
// Writes: =. Aliases: none.
// Grid: one warp, a lane a pair. Deterministic. Twin: ReferenceUpdatePasses.sgd.
#include "../common/kernel.cuh"

namespace lemniscate {

constexpr int kMostDescents = 16;

struct Descent {
  const double* rate;
  double rate_factor, decay, gradient_factor;
};

struct Descents {
  Descent each[kMostDescents];
};

template <typename T>
__device__ void descent_factors(const Descents& descents, long long count, T* factors) {
  for (long long i = threadIdx.x; i < count; i += blockDim.x) {
    Descent mine = descents.each[i];
    double s = mine.rate_factor * *mine.rate;
    factors[2 * i] = static_cast<T>(-s * mine.gradient_factor);
    factors[2 * i + 1] = static_cast<T>(1 - s * mine.decay);
  }
}

}  // namespace lemniscate

#define DESCENT_FACTORS_PARAMETERS(T) \
  (lemniscate::Descents descents, long long count, T* factors)
LEMNISCATE_ENTRIES(descent_factors, DESCENT_FACTORS_PARAMETERS, (descents, count, factors))
