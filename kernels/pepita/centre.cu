// x = x - the mean of all its elements, in two stages.
//
// Stage one (centre_sum): partial[block] = the sum of the elements that fall to the block, in float64. x: n elements. partial: count
// float64, as many as stage one has blocks. Stage two (centre): x as above, updated in place; each block adds the partial sums in the
// same order.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides; kSumThreads threads a block, as many blocks of stage one as follow from n alone. Deterministic.
// Twin: ReferencePepitaPasses.centre.
#include "../common/packs.cuh"
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void centre_sum(const T* x, double* partial, long long n) {
  double sum = 0;
  each_pack<T, 4>(Elements(n), [&](T x_i) { sum += x_i; }, reads(x));
  keep_partial(sum, partial);
}

template <typename T>
__device__ void centre(const double* partial, long long count, T* x, long long n) {
  double mean = partial_total(partial, count) / static_cast<double>(n);
  each_pack<T, 2>(Elements(n), [=](T& x_i) { x_i = static_cast<T>(x_i - mean); }, updates(x));
}

}  // namespace lemniscate

#define CENTRE_SUM_PARAMETERS(T) \
  (const T* __restrict__ x, double* __restrict__ partial, long long n)
LEMNISCATE_ENTRIES(centre_sum, CENTRE_SUM_PARAMETERS, (x, partial, n))

#define CENTRE_PARAMETERS(T) \
  (const double* __restrict__ partial, long long count, T* __restrict__ x, long long n)
LEMNISCATE_ENTRIES(centre, CENTRE_PARAMETERS, (partial, count, x, n))
