// s = rate_factor rate, v = momentum v + g, w = (1 - s decay) w - s v.
//
// rate: one float64. g = gradient, v = velocity, w = weight: n elements; v and w are updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceUpdatePasses.momentum.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void momentum(const double* rate, double rate_factor, double decay, double momentum,
                         Members<const T> gradients, Members<T> velocitys, Members<T> weights,
                         long long n) {
  const T* gradient = gradients.mine();
  T* velocity = velocitys.mine();
  T* weight = weights.mine();
  double s = rate_factor * *rate;
  T step = static_cast<T>(s);
  T keep = static_cast<T>(1 - s * decay);
  T mu = static_cast<T>(momentum);
  each_pack<T, 1>(
      Elements(n),
      [=](T g, T& v, T& w) {
        v = mu * v + g;
        w = keep * w - step * v;
      },
      reads(gradient), updates(velocity), updates(weight));
}

}  // namespace lemniscate

#define MOMENTUM_PARAMETERS(T)                                             \
  (const double* rate, double rate_factor, double decay, double momentum,  \
   lemniscate::Members<const T> gradient, lemniscate::Members<T> velocity, \
   lemniscate::Members<T> weight, long long n)
LEMNISCATE_ENTRIES(momentum, MOMENTUM_PARAMETERS,
                   (rate, rate_factor, decay, momentum, gradient, velocity, weight, n))
