// y = x y, elementwise.
//
// x, y: n elements; y is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.multiply.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void multiply(Members<const T> xs, Members<T> ys, long long n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  each_pack<T, 2>(Elements(n), [](T x_i, T& y_i) { y_i *= x_i; }, reads(x), updates(y));
}

}  // namespace lemniscate

#define MULTIPLY_PARAMETERS(T) \
  (lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(multiply, MULTIPLY_PARAMETERS, (x, y, n))
