// h = phi(u).
//
// u, h: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.activation.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T>
__device__ void activation(long long activation, Members<const T> us, Members<T> hs, Elements n) {
  const T* u = us.mine();
  T* h = hs.mine();
  with_activation<T>(
      activation, [&](auto phi) { each_element(n, [&](long long i) { h[i] = phi.value(u[i]); }); });
}

}  // namespace lemniscate

#define ACTIVATION_PARAMETERS(T) \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<T> h, long long n)
LEMNISCATE_ENTRIES(activation, ACTIVATION_PARAMETERS, (activation, u, h, n))
