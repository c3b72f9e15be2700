// x = value.
//
// x: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.fill.
#pragma once

#include "../common/packs.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void fill(double value, Members<T> xs, E n) {
  T* x = xs.mine();
  T with = static_cast<T>(value);
  each_pack<T, 1>(n, [=](T& x_i) { x_i = with; }, writes(x));
}

}  // namespace lemniscate

#define FILL_PARAMETERS(T) (double value, lemniscate::Members<T> x, long long n)
LEMNISCATE_ENTRIES(fill, FILL_PARAMETERS, (value, x, lemniscate::Elements(n)))
