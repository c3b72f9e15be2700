// gated = displacement phi'(u).
//
// u, h = phi(u), displacement, gated: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceLayerPasses.gate.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void gate(long long activation, Members<const T> us, Members<const T> hs,
                     Members<const T> displacements, Members<T> gateds, E n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  const T* displacement = displacements.mine();
  T* gated = gateds.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_pack<T, 1>(
        n,
        [=](T u_i, T h_i, T displacement_i, T& gated_i) {
          gated_i = displacement_i * phi.derivative(u_i, h_i);
        },
        reads(u), reads(h), reads(displacement), writes(gated));
  });
}

}  // namespace lemniscate

#define GATE_PARAMETERS(T)                                                               \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<const T> displacement, lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(gate, GATE_PARAMETERS, (activation, u, h, displacement, gated, lemniscate::Elements(n)))
