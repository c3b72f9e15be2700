// m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w = (1 - s decay) w - s m'/(sqrt(v') + epsilon) with s = rate_factor rate,
// m' = m/(1-b1^t), v' = v/(1-b2^t) (Kingma and Ba, arXiv 1412.6980, algorithm 1).
//
// rate, counter (t, from 1): one float64 each. g = gradient, m = first, v = second, w = weight: n elements; m, v, w in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceUpdatePasses.adam.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void adam(const double* rate, double rate_factor, double decay, double beta1,
                     double beta2, double epsilon, const double* counter,
                     Members<const T> gradients, Members<T> firsts, Members<T> seconds,
                     Members<T> weights, long long n) {
  const T* gradient = gradients.mine();
  T* first = firsts.mine();
  T* second = seconds.mine();
  T* weight = weights.mine();
  double s = rate_factor * *rate;
  T step = static_cast<T>(s / (1 - pow(beta1, *counter)));
  T unbias = static_cast<T>(1 / (1 - pow(beta2, *counter)));
  T keep = static_cast<T>(1 - s * decay);
  T b1 = static_cast<T>(beta1), c1 = static_cast<T>(1 - beta1);
  T b2 = static_cast<T>(beta2), c2 = static_cast<T>(1 - beta2);
  T floor = static_cast<T>(epsilon);
  each_pack<T, 1>(
      Elements(n),
      [=](T g, T& m, T& v, T& w) {
        m = b1 * m + c1 * g;
        v = b2 * v + c2 * g * g;
        w = keep * w - step * (m / (sqrt(v * unbias) + floor));
      },
      reads(gradient), updates(first), updates(second), updates(weight));
}

}  // namespace lemniscate

#define ADAM_PARAMETERS(T)                                                                     \
  (const double* rate, double rate_factor, double decay, double beta1, double beta2,           \
   double epsilon, const double* counter, lemniscate::Members<const T> gradient,               \
   lemniscate::Members<T> first, lemniscate::Members<T> second, lemniscate::Members<T> weight, \
   long long n)
LEMNISCATE_ENTRIES(adam, ADAM_PARAMETERS,
                   (rate, rate_factor, decay, beta1, beta2, epsilon, counter, gradient, first,
                    second, weight, n))
