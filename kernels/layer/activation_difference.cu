// difference = phi(u + z) - phi(u) without cancellation, derivative = phi'(u + z).
//
// u, h = phi(u), z, difference, derivative: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.activationDifference.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void activation_difference(long long activation, Members<const T> us,
                                      Members<const T> hs, Members<const T> zs,
                                      Members<T> differences, Members<T> derivatives, E n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  const T* z = zs.mine();
  T* difference = differences.mine();
  T* derivative = derivatives.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_pack<T, 1>(
        n,
        [=](T u_i, T h_i, T z_i, T& difference_i, T& derivative_i) {
          T moved = u_i + z_i;
          difference_i = phi.difference(u_i, h_i, z_i);
          derivative_i = phi.derivative(moved, phi.value(moved));
        },
        reads(u), reads(h), reads(z), writes(difference), writes(derivative));
  });
}

}  // namespace lemniscate

#define ACTIVATION_DIFFERENCE_PARAMETERS(T)                                              \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<const T> z, lemniscate::Members<T> difference,                    \
   lemniscate::Members<T> derivative, long long n)
LEMNISCATE_ENTRIES(activation_difference, ACTIVATION_DIFFERENCE_PARAMETERS,
                   (activation, u, h, z, difference, derivative, lemniscate::Elements(n)))
