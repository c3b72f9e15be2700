// difference = phi(u + z) - phi(u) without cancellation, derivative = phi'(u + z).
//
// u, h = phi(u), z, difference, derivative: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.activationDifference.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T>
__device__ void activation_difference(long long activation, Members<const T> us,
                                      Members<const T> hs, Members<const T> zs,
                                      Members<T> differences, Members<T> derivatives, Elements n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  const T* z = zs.mine();
  T* difference = differences.mine();
  T* derivative = derivatives.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_element(n, [&](long long i) {
      T moved = u[i] + z[i];
      difference[i] = phi.difference(u[i], h[i], z[i]);
      derivative[i] = phi.derivative(moved, phi.value(moved));
    });
  });
}

}  // namespace lemniscate

#define ACTIVATION_DIFFERENCE_PARAMETERS(T)                                              \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<const T> z, lemniscate::Members<T> difference,                    \
   lemniscate::Members<T> derivative, long long n)
LEMNISCATE_ENTRIES(activation_difference, ACTIVATION_DIFFERENCE_PARAMETERS,
                   (activation, u, h, z, difference, derivative, n))
