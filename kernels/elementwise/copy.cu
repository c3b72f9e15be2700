// y = x.
//
// x, y: n elements.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.copy.
#pragma once

#include "../common/packs.cuh"

namespace lemniscate {

template <typename T, typename E>
__device__ void copy(Members<const T> xs, Members<T> ys, E n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  // 64 bytes a thread are under way, 64 kB a multiprocessor: twice what hides the latency of memory at its full rate.
  each_pack<T, 4>(n, [](T x_i, T& y_i) { y_i = x_i; }, reads(x), writes(y));
}

}  // namespace lemniscate

#define COPY_PARAMETERS(T) (lemniscate::Members<const T> x, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(copy, COPY_PARAMETERS, (x, y, lemniscate::Elements(n)))
