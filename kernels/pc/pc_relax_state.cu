// D = D - rate (precision error - gate back).
//
// rate: one float64. error, gate, back, D = displacement: n elements; D is updated in place; gate has no address where it is 1.
// Writes: =. Aliases: displacement may be error.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.relaxState.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void pc_relax_state(double precision, const double* rate, Members<const T> errors,
                               Members<const T> gates, Members<const T> backs,
                               Members<T> displacements, Elements n) {
  const T* error = errors.mine();
  const T* gate = gates.mine();
  const T* back = backs.mine();
  T* displacement = displacements.mine();
  T gamma = static_cast<T>(precision);
  T step = static_cast<T>(*rate);
  bool has_gate = gate != nullptr;
  each_element(n, [&](long long i) {
    T gradient = gamma * error[i] - (has_gate ? gate[i] * back[i] : back[i]);
    displacement[i] -= step * gradient;
  });
}

}  // namespace lemniscate

#define PC_RELAX_STATE_PARAMETERS(T)                                         \
  (double precision, const double* rate, lemniscate::Members<const T> error, \
   lemniscate::Members<const T> gate, lemniscate::Members<const T> back,     \
   lemniscate::Members<T> displacement, long long n)
LEMNISCATE_ENTRIES(pc_relax_state, PC_RELAX_STATE_PARAMETERS,
                   (precision, rate, error, gate, back, displacement, n))
