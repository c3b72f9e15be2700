// Softmax of a row by one warp: every lane takes each 32nd element.
#pragma once

#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
struct RowSoftmax {
  T largest;
  // The logarithm is taken in float64: once a row.
  T sum;

  // logit(j) of 0 <= j < width.
  template <typename Logit>
  static __device__ RowSoftmax of(long long width, Logit logit) {
    unsigned lane = threadIdx.x % kWarp;
    // Every lane starts from a logit that is there.
    T largest = logit(0);
    for (long long j = lane; j < width; j += kWarp) {
      T x = logit(j);
      largest = x > largest ? x : largest;
    }
    largest = warp_max(largest);
    T sum = 0;
    for (long long j = lane; j < width; j += kWarp) {
      sum += exp(logit(j) - largest);
    }
    return {largest, warp_sum(sum)};
  }

  __device__ T probability(T logit) const { return exp(logit - largest) / sum; }

  __device__ double log_probability(T logit) const {
    return static_cast<double>(logit) - largest - log(static_cast<double>(sum));
  }
};

}  // namespace lemniscate
