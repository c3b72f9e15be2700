// error = D - [phi(u + z) - phi(u)], gated = error phi'(u + z).
//
// u, h = phi(u), z, D = displacement, error, gated: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.predictionError.
#pragma once

#include "../common/activation.cuh"

namespace lemniscate {

template <typename T>
__device__ void pc_prediction_error(long long activation, Members<const T> us, Members<const T> hs,
                                    Members<const T> zs, Members<const T> displacements,
                                    Members<T> errors, Members<T> gateds, Elements n) {
  const T* u = us.mine();
  const T* h = hs.mine();
  const T* z = zs.mine();
  const T* displacement = displacements.mine();
  T* error = errors.mine();
  T* gated = gateds.mine();
  with_activation<T>(activation, [&](auto phi) {
    each_element(n, [&](long long i) {
      T moved = u[i] + z[i];
      T e = displacement[i] - phi.difference(u[i], h[i], z[i]);
      error[i] = e;
      gated[i] = e * phi.derivative(moved, phi.value(moved));
    });
  });
}

}  // namespace lemniscate

#define PC_PREDICTION_ERROR_PARAMETERS(T)                                                \
  (long long activation, lemniscate::Members<const T> u, lemniscate::Members<const T> h, \
   lemniscate::Members<const T> z, lemniscate::Members<const T> displacement,            \
   lemniscate::Members<T> error, lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(pc_prediction_error, PC_PREDICTION_ERROR_PARAMETERS,
                   (activation, u, h, z, displacement, error, gated, n))
