// y = y + factor x.
//
// x, y: n elements; y is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.axpy.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void axpy(double factor, Members<const T> xs, Members<T> ys, Elements n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  T by = static_cast<T>(factor);
  each_element(n, [&](long long i) { y[i] += by * x[i]; });
}

}  // namespace lemniscate

#define AXPY_PARAMETERS(T) \
  (double factor, lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(axpy, AXPY_PARAMETERS, (factor, x, y, n))
