// The maximum of conditions, by an atomic operation whose result does not depend on the order.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

// target = max(target, value), for values of at least 0 and NaN, which counts as the largest: of such numbers, and of the NaN
// taken here, the bits have the order of the values.
__device__ inline void raise(double* target, double value) {
  constexpr unsigned long long kNan = 0x7FF8000000000000ull;
  unsigned long long bits = isnan(value) ? kNan : __double_as_longlong(value);
  atomicMax(reinterpret_cast<unsigned long long*>(target), bits);
}

}  // namespace lemniscate
