// x = factor x.
//
// x: n elements, updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.scale.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void scale(double factor, Members<T> xs, Elements n) {
  T* x = xs.mine();
  T by = static_cast<T>(factor);
  each_pack<T, 4>(n, [=](T& x_i) { x_i *= by; }, updates(x));
}

}  // namespace lemniscate

#define SCALE_PARAMETERS(T) (double factor, lemniscate::Members<T> x, long long n)
LEMNISCATE_ENTRIES(scale, SCALE_PARAMETERS, (factor, x, n))
