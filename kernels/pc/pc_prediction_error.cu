// error = D - [phi(u + z) - phi(u)], gated = error phi'(u + z).
//
// u, h = phi(u), z, D = displacement, error, gated: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.predictionError.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void pc_prediction_error(long long activation, Members<const T> us, Members<const T> hs,
                                    Members<const T> zs, Members<const T> displacements,
                                    Members<T> errors, Members<T> gateds, E n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  const T* z = zs.mine();
  const T* displacement = displacements.mine();
  T* error = errors.mine();
  T* gated = gateds.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_pack<T, 1>(
        n,
        [=](T u_i, T h_i, T z_i, T displacement_i, T& error_i, T& gated_i) {
          T moved = u_i + z_i;
          error_i = displacement_i - phi.difference(u_i, h_i, z_i);
          gated_i = error_i * phi.derivative(moved, phi.value(moved));
        },
        reads(u), reads(h), reads(z), reads(displacement), writes(error), writes(gated));
  });
}

}  // namespace lemniscate

#define PC_PREDICTION_ERROR_PARAMETERS(T)                                                \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<const T> z, lemniscate::Members<const T> displacement,            \
   lemniscate::Members<T> error, lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(pc_prediction_error, PC_PREDICTION_ERROR_PARAMETERS,
                   (activation, u, h, z, displacement, error, gated, lemniscate::Elements(n)))
