// u = u + bias, h = phi(u).
//
// u: n = batch * width elements, row-major, updated in place. bias: width elements. h: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceLayerPasses.activate.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void activate(long long activation, long long width, Members<T> us,
                         Members<const T> biass, Members<T> hs, E n) {
  T* u = us.mine();
  const T* bias = biass.mine();
  T* h = hs.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_row_pack(
        n, width, bias,
        [=](T b, T& u_i, T& h_i) {
          u_i += b;
          h_i = phi.value(u_i);
        },
        updates(u), writes(h));
  });
}

}  // namespace lemniscate

#define ACTIVATE_PARAMETERS(T)                                      \
  (long long activation, long long width, lemniscate::Members<T> u, \
   lemniscate::Members<const T> bias, lemniscate::Members<T> h, long long n)
LEMNISCATE_ENTRIES(activate, ACTIVATE_PARAMETERS, (activation, width, u, bias, h, lemniscate::Elements(n)))
