// total = (accumulate ? total : 0) + factor sum x^2, in two stages.
//
// Stage one: partial[block] = the sum of the squares that fall to the block, in float64. x: n elements. partial: gridDim.x
// float64. Grid: x over the elements in strides; kSumThreads threads a block. The number of blocks decides the order of the sum,
// so the launcher takes it from n alone.
// Stage two (sum_partials): total as above from `count` partial sums, by one block.
// Writes: =. Aliases: none. Deterministic. Twin: ReferenceOperations.sumOfSquares.
#include "../common/packs.cuh"
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void sum_of_squares(const T* x, double* partial, long long n) {
  double sum = 0;
  each_pack<T, 4>(
      Elements(n), [&](T x_i) { sum += static_cast<double>(x_i) * x_i; }, reads(x));
  keep_partial(sum, partial);
}

}  // namespace lemniscate

#define SUM_OF_SQUARES_PARAMETERS(T) (const T* __restrict__ x, double* __restrict__ partial, long long n)
LEMNISCATE_ENTRIES(sum_of_squares, SUM_OF_SQUARES_PARAMETERS, (x, partial, n))

extern "C" __global__ void sum_partials(double factor, const double* __restrict__ partial, long long count,
                                        long long accumulate, double* __restrict__ total) {
  double sum = lemniscate::partial_total(partial, count);
  if (threadIdx.x == 0) {
    *total = (accumulate != 0 ? *total : 0) + factor * sum;
  }
}
LEMNISCATE_REGISTER(sum_partials)
