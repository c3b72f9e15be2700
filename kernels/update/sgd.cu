// s = rate_factor rate, w = (1 - s decay) w - s g.
//
// rate: one float64. g = gradient, w = weight: n elements; w is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceUpdatePasses.sgd.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void sgd(const double* rate, double rate_factor, double decay,
                    Members<const T> gradients, Members<T> weights, long long n) {
  const T* gradient = gradients.mine();
  T* weight = weights.mine();
  double s = rate_factor * *rate;
  T step = static_cast<T>(s);
  T keep = static_cast<T>(1 - s * decay);
  each_pack<T, 2>(
      Elements(n), [=](T g, T& w) { w = keep * w - step * g; }, reads(gradient), updates(weight));
}

}  // namespace lemniscate

#define SGD_PARAMETERS(T)                                                                       \
  (const double* rate, double rate_factor, double decay, lemniscate::Members<const T> gradient, \
   lemniscate::Members<T> weight, long long n)
LEMNISCATE_ENTRIES(sgd, SGD_PARAMETERS, (rate, rate_factor, decay, gradient, weight, n))
