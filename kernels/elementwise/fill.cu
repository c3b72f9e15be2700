// x = value.
//
// x: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.fill.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void fill(double value, Members<T> xs, Elements n) {
  T* x = xs.mine();
  each_element(n, [&](long long i) { x[i] = static_cast<T>(value); });
}

}  // namespace lemniscate

#define FILL_PARAMETERS(T) (double value, lemniscate::Members<T> x, long long n)
LEMNISCATE_ENTRIES(fill, FILL_PARAMETERS, (value, x, n))
