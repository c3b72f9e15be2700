// y = y + factor x.
//
// x, y: n elements; y is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.axpy.
#pragma once

#include "../common/packs.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void axpy(double factor, Members<const T> xs, Members<T> ys, E n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  T by = static_cast<T>(factor);
  each_pack<T, 2>(n, [=](T x_i, T& y_i) { y_i += by * x_i; }, reads(x), updates(y));
}

}  // namespace lemniscate

#define AXPY_PARAMETERS(T) \
  (double factor, lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(axpy, AXPY_PARAMETERS, (factor, x, y, lemniscate::Elements(n)))
