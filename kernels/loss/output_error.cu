// error = -d loss/d f for f = output + shift, and partial[block] = the losses that fall to the block:
// squared_error: error = (target - output) - shift, loss = error^2/2.
// cross_entropy: error = target - softmax(f), loss = -sum target log softmax(f).
//
// output, shift, target, error: (batch, width); shift has no address where it is 0. partial: gridDim.x float64, or no address
// where nobody asks; sum_partials makes the total of them.
// Writes: =. Aliases: none.
// Grid: x over the elements (squared_error) or one warp a row (cross_entropy), in strides; kSumThreads threads a block, as many
// blocks as follow from the shape alone. Deterministic. Twin: ReferenceLossPasses.outputError.
#pragma once

#include "../common/packs.cuh"
#include "softmax.cuh"

namespace lemniscate {

// The error, and this thread's part of the loss.
template <typename T, typename E>
__device__ inline double squared_error(const T* output, const T* shift, const T* target, T* error,
                                       E elements) {
  double sum = 0;
  if (shift == nullptr) {
    each_pack<T, 1>(
        elements,
        [&](T output_i, T target_i, T& error_i) {
          error_i = target_i - output_i;
          sum += 0.5 * error_i * error_i;
        },
        reads(output), reads(target), writes(error));
  } else {
    each_pack<T, 1>(
        elements,
        [&](T output_i, T shift_i, T target_i, T& error_i) {
          error_i = (target_i - output_i) - shift_i;
          sum += 0.5 * error_i * error_i;
        },
        reads(output), reads(shift), reads(target), writes(error));
  }
  return sum;
}

// The same for whole rows, each of them by a warp.
template <typename T>
__device__ inline double cross_entropy(const T* output, const T* shift, const T* target, T* error,
                                       Elements rows, long long width) {
  double sum = 0;
  each_element(rows, [&](long long b) {
    auto logit = [&](long long j) {
      long long i = b * width + j;
      return shift == nullptr ? output[i] : output[i] + shift[i];
    };
    RowSoftmax<T> softmax = RowSoftmax<T>::of(width, logit);
    for (long long j = threadIdx.x % kWarp; j < width; j += kWarp) {
      long long i = b * width + j;
      error[i] = target[i] - softmax.probability(logit(j));
      sum -= target[i] * softmax.log_probability(logit(j));
    }
  });
  return sum;
}

template <typename T>
__device__ void squared_error(const T* output, const T* shift, const T* target, T* error,
                              double* partial, long long batch, long long width) {
  keep_partial(squared_error(output, shift, target, error, Elements(batch * width)), partial);
}

template <typename T>
__device__ void cross_entropy(const T* output, const T* shift, const T* target, T* error,
                              double* partial, long long batch, long long width) {
  keep_partial(cross_entropy(output, shift, target, error, Elements::of_warps(batch), width),
               partial);
}

}  // namespace lemniscate

#define OUTPUT_ERROR_PARAMETERS(T)                                                               \
  (const T* __restrict__ output, const T* __restrict__ shift, const T* __restrict__ target, T* __restrict__ error, double* __restrict__ partial, long long batch, \
   long long width)
LEMNISCATE_ENTRIES(squared_error, OUTPUT_ERROR_PARAMETERS,
                   (output, shift, target, error, partial, batch, width))
LEMNISCATE_ENTRIES(cross_entropy, OUTPUT_ERROR_PARAMETERS,
                   (output, shift, target, error, partial, batch, width))
