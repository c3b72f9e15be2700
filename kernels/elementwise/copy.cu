// y = x.
//
// x, y: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.copy.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void copy(Members<const T> xs, Members<T> ys, Elements n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  each_element(n, [&](long long i) { y[i] = x[i]; });
}

}  // namespace lemniscate

#define COPY_PARAMETERS(T) (lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(copy, COPY_PARAMETERS, (x, y, n))
