// x = x (deviation / s)^exponent with s the standard deviation of the reference around its mean, in three stages; x stays where s is 0.
//
// Stage one: centre_sum of centre.cu makes the sums of `blocks` blocks. Stage two (rescale_squares): squares[block] = the sum of (reference
// - mean)^2 that falls to the block, from the same number of blocks. Stage three (rescale): x as above, updated in place. sums, squares:
// blocks float64 each, added by each block in the same order. reference: count elements. x: n elements.
// Writes: =. Aliases: x may be the reference.
// Grid: x over the elements in strides; kSumThreads threads a block, as many blocks of a sum as follow from count alone. Deterministic.
// Twin: ReferencePepitaPasses.rescale.
#include "../common/packs.cuh"
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void rescale_squares(const T* reference, const double* sums, double* squares,
                                long long blocks, long long count) {
  double mean = partial_total(sums, blocks) / static_cast<double>(count);
  double sum = 0;
  each_pack<T, 4>(
      Elements(count), [&](T x_i) { sum += (x_i - mean) * (x_i - mean); }, reads(reference));
  keep_partial(sum, squares);
}

template <typename T>
__device__ void rescale(double deviation, double exponent, const double* squares, long long blocks,
                        long long count, T* x, long long n) {
  double s = sqrt(partial_total(squares, blocks) / static_cast<double>(count));
  if (s > 0) {
    double factor = pow(deviation / s, exponent);
    each_pack<T, 2>(
        Elements(n), [=](T& x_i) { x_i = static_cast<T>(factor * x_i); }, updates(x));
  }
}

}  // namespace lemniscate

#define RESCALE_SQUARES_PARAMETERS(T)                                                           \
  (const T* __restrict__ reference, const double* __restrict__ sums, double* __restrict__ squares, \
   long long blocks, long long count)
LEMNISCATE_ENTRIES(rescale_squares, RESCALE_SQUARES_PARAMETERS,
                   (reference, sums, squares, blocks, count))

#define RESCALE_PARAMETERS(T)                                                                    \
  (double deviation, double exponent, const double* __restrict__ squares, long long blocks,      \
   long long count, T* __restrict__ x, long long n)
LEMNISCATE_ENTRIES(rescale, RESCALE_PARAMETERS, (deviation, exponent, squares, blocks, count, x, n))
