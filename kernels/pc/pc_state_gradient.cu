// back = precision error - gate back.
//
// error, gate, back: n elements; back is updated in place; gate has no address where it is 1.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.stateGradient.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void pc_state_gradient(double precision, Members<const T> errors, Members<const T> gates,
                                  Members<T> backs, long long n) {
  const T* error = errors.mine();
  const T* gate = gates.mine();
  T* back = backs.mine();
  T gamma = static_cast<T>(precision);
  if (gate == nullptr) {
    each_pack<T, 1>(
        Elements(n), [=](T error_i, T& back_i) { back_i = gamma * error_i - back_i; },
        reads(error), updates(back));
  } else {
    each_pack<T, 1>(
        Elements(n),
        [=](T error_i, T gate_i, T& back_i) { back_i = gamma * error_i - gate_i * back_i; },
        reads(error), reads(gate), updates(back));
  }
}

}  // namespace lemniscate

#define PC_STATE_GRADIENT_PARAMETERS(T)                                                     \
  (double precision, lemniscate::Members<const T> error, lemniscate::Members<const T> gate, \
   lemniscate::Members<T> back, long long n)
LEMNISCATE_ENTRIES(pc_state_gradient, PC_STATE_GRADIENT_PARAMETERS,
                   (precision, error, gate, back, n))
