// derivative = phi'(u).
//
// u, h = phi(u), derivative: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.activationDerivative.
#include "../common/activation.cuh"

namespace lemniscate {

template <typename T>
__device__ void activation_derivative(long long activation, Members<const T> us,
                                      Members<const T> hs, Members<T> derivatives, Elements n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  T* derivative = derivatives.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_pack<T, 1>(
        n, [=](T u_i, T h_i, T& derivative_i) { derivative_i = phi.derivative(u_i, h_i); },
        reads(u), reads(h), writes(derivative));
  });
}

}  // namespace lemniscate

#define ACTIVATION_DERIVATIVE_PARAMETERS(T)                                              \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<T> derivative, long long n)
LEMNISCATE_ENTRIES(activation_derivative, ACTIVATION_DERIVATIVE_PARAMETERS,
                   (activation, u, h, derivative, n))
