// h = phi(u).
//
// u, h: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.activation.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void activation(long long activation, Members<const T> us, Members<T> hs, E n) {
  const T* u = us.mine();
  T* h = hs.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_pack<T, 1>(n, [=](T u_i, T& h_i) { h_i = phi.value(u_i); }, reads(u), writes(h));
  });
}

}  // namespace lemniscate

#define ACTIVATION_PARAMETERS(T) \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<T> h, long long n)
LEMNISCATE_ENTRIES(activation, ACTIVATION_PARAMETERS, (activation, u, h, lemniscate::Elements(n)))
