// error = error - rate (precision error - back), gated = error derivative.
//
// rate: one float64. back, derivative, error, gated: n elements; error is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.relaxError.
#pragma once

#include "../common/packs.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void pc_relax_error(double precision, const double* rate, Members<const T> backs,
                               Members<const T> derivatives, Members<T> errors, Members<T> gateds,
                               E n) {
  const T* back = backs.mine();
  const T* derivative = derivatives.mine();
  T* error = errors.mine();
  T* gated = gateds.mine();
  T gamma = static_cast<T>(precision);
  T step = static_cast<T>(*rate);
  each_pack<T, 1>(
      n,
      [=](T back_i, T derivative_i, T& error_i, T& gated_i) {
        error_i -= step * (gamma * error_i - back_i);
        gated_i = error_i * derivative_i;
      },
      reads(back), reads(derivative), updates(error), writes(gated));
}

}  // namespace lemniscate

#define PC_RELAX_ERROR_PARAMETERS(T)                                        \
  (double precision, const double* rate, lemniscate::Members<const T> back, \
   lemniscate::Members<const T> derivative, lemniscate::Members<T> error,   \
   lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(pc_relax_error, PC_RELAX_ERROR_PARAMETERS,
                   (precision, rate, back, derivative, error, gated, lemniscate::Elements(n)))
