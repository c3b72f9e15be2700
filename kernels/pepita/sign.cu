// y = -1, 0 or 1 as x is below, at or above 0.
//
// x, y: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferencePepitaPasses.sign.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void sign(Members<const T> xs, Members<T> ys, long long n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  each_pack<T, 2>(
      Elements(n), [](T x_i, T& y_i) { y_i = static_cast<T>((x_i > T(0)) - (x_i < T(0))); },
      reads(x), writes(y));
}

}  // namespace lemniscate

#define SIGN_PARAMETERS(T) (lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(sign, SIGN_PARAMETERS, (x, y, n))
