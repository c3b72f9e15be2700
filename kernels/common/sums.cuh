// Sums in a fixed order, so that the same input gives the same bits. No atomics.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

constexpr int kSumThreads = 256;
constexpr int kMaxWarps = 32;

// The sum over the lanes of a warp, in every lane.
template <typename T>
__device__ inline T warp_sum(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value += __shfl_xor_sync(kAllLanes, value, distance);
  }
  return value;
}

// The largest over the lanes of a warp, in every lane.
template <typename T>
__device__ inline T warp_max(T value) {
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    T other = __shfl_xor_sync(kAllLanes, value, distance);
    value = other > value ? other : value;
  }
  return value;
}

// The sum over the threads of a block, in thread 0; blockDim.x is a multiple of 32. May be called again after the next barrier.
__device__ inline double block_sum(double value) {
  LEMNISCATE_SHARED(double, of_warp, kMaxWarps);
  value = warp_sum(value);
  if (threadIdx.x % kWarp == 0) {
    of_warp[threadIdx.x / kWarp] = value;
  }
  __syncthreads();
  double sum = 0;
  if (threadIdx.x == 0) {
    for (unsigned w = 0; w < blockDim.x / kWarp; w++) {
      sum += of_warp[w];
    }
  }
  __syncthreads();
  return sum;
}

// The same in every thread.
__device__ inline double block_total(double value) {
  LEMNISCATE_SHARED(double, total, 1);
  value = block_sum(value);
  if (threadIdx.x == 0) {
    total[0] = value;
  }
  __syncthreads();
  value = total[0];
  __syncthreads();
  return value;
}

// Keeps the sum over the threads of a block as its partial sum; nothing where nobody asks.
__device__ inline void keep_partial(double sum, double* partial) {
  if (partial != nullptr) {
    sum = block_sum(sum);
    if (threadIdx.x == 0) {
      partial[blockIdx.x] = sum;
    }
  }
}

// The sum of `count` partial sums, the same in every thread of every block.
__device__ inline double partial_total(const double* partial, long long count) {
  double sum = 0;
  for (long long i = threadIdx.x; i < count; i += blockDim.x) {
    sum += partial[i];
  }
  return block_total(sum);
}

}  // namespace lemniscate
