// D = D - rate (precision error - gate back).
//
// rate: one float64. error, gate, back, D = displacement: n elements; D is updated in place; gate has no address where it is 1.
// Writes: =. Aliases: displacement may be error.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.relaxState.
#pragma once

#include "../common/packs.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void pc_relax_state(double precision, const double* rate, Members<const T> errors,
                               Members<const T> gates, Members<const T> backs,
                               Members<T> displacements, E n) {
  const T* error = errors.mine();
  const T* gate = gates.mine();
  const T* back = backs.mine();
  T* displacement = displacements.mine();
  T gamma = static_cast<T>(precision);
  T step = static_cast<T>(*rate);
  auto move = [=](T error_i, T back_i, T& displacement_i) {
    displacement_i -= step * (gamma * error_i - back_i);
  };
  if (gate == nullptr) {
    each_pack<T, 1>(n, move, reads(error), reads(back), updates(displacement));
  } else {
    each_pack<T, 1>(
        n,
        [=](T error_i, T gate_i, T back_i, T& displacement_i) {
          move(error_i, gate_i * back_i, displacement_i);
        },
        reads(error), reads(gate), reads(back), updates(displacement));
  }
}

}  // namespace lemniscate

#define PC_RELAX_STATE_PARAMETERS(T)                                         \
  (double precision, const double* rate, lemniscate::Members<const T> error, \
   lemniscate::Members<const T> gate, lemniscate::Members<const T> back,     \
   lemniscate::Members<T> displacement, long long n)
LEMNISCATE_ENTRIES(pc_relax_state, PC_RELAX_STATE_PARAMETERS,
                   (precision, rate, error, gate, back, displacement, lemniscate::Elements(n)))
