// back = precision error - gate back.
//
// error, gate, back: n elements; back is updated in place; gate has no address where it is 1.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePcPasses.stateGradient.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void pc_state_gradient(double precision, Members<const T> errors, Members<const T> gates,
                                  Members<T> backs, long long n) {
  const T* error = errors.mine();
  const T* gate = gates.mine();
  T* back = backs.mine();
  T gamma = static_cast<T>(precision);
  bool has_gate = gate != nullptr;
  each_element(n, [&](long long i) {
    back[i] = gamma * error[i] - (has_gate ? gate[i] * back[i] : back[i]);
  });
}

}  // namespace lemniscate

#define PC_STATE_GRADIENT_PARAMETERS(T)                                                     \
  (double precision, lemniscate::Members<const T> error, lemniscate::Members<const T> gate, \
   lemniscate::Members<T> back, long long n)
LEMNISCATE_ENTRIES(pc_state_gradient, PC_STATE_GRADIENT_PARAMETERS,
                   (precision, error, gate, back, n))
