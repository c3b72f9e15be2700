// difference = n(x + d) - n(x) with d the former content and n of normalize.cu, without cancellation: with r = ||x|| and
// q = ||x + d|| it is norm (d - x c/r)/q for c = q - r = sum d (2x + d)/(r + q).
//
// x, difference: (rows, width), of a whole matrix n elements; difference is updated in place. Of a whole matrix
// normalized_difference_sums makes the three sums of `count` blocks first, kApart float64 apart in `partial`, and each block of
// normalized_difference_all adds them in the same order.
// Writes: =. Aliases: none.
// Grid: one block a row, in strides; of a whole matrix x over the elements in strides, kSumThreads threads a block, as many blocks of
// sums as follow from n alone. Sums in float64. Deterministic. Twin: ReferencePepitaPasses.normalizedDifference.
#include "../common/packs.cuh"
#include "../common/sums.cuh"

namespace lemniscate {

// The three sums and what follows from them.
struct MovedNorm {
  double before = 0, growth = 0, after = 0, along = 0;

  __device__ void add(double from, double by) {
    before += from * from;
    growth += by * (2 * from + by);
    after += (from + by) * (from + by);
  }

  // From the sums over all elements; afterwards the norms.
  __device__ void finish() {
    before = sqrt(before);
    after = sqrt(after);
    double change = before + after > 0 ? growth / (before + after) : 0;
    along = before > 0 ? change / before : 0;
  }

  template <typename T>
  __device__ T moved(double norm, T from, T by) const {
    double to = after > 0 ? norm * (by - from * along) / after
                          : (before > 0 ? -norm * from / before : 0);
    return static_cast<T>(to);
  }

};

template <typename T>
__device__ void normalized_difference(double norm, const T* x, T* difference, long long rows,
                                      long long width) {
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    const T* at = x + r * width;
    T* d = difference + r * width;
    MovedNorm of;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      of.add(at[i], d[i]);
    }
    of.before = block_total(of.before);
    of.after = block_total(of.after);
    of.growth = block_total(of.growth);
    of.finish();
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      d[i] = of.moved(norm, at[i], d[i]);
    }
  }
}

template <typename T>
__device__ void normalized_difference_sums(const T* x, const T* difference, double* partial,
                                           long long apart, long long n) {
  MovedNorm of;
  each_pack<T, 2>(
      Elements(n), [&](T x_i, T d_i) { of.add(x_i, d_i); }, reads(x), reads(difference));
  keep_partial(of.before, partial);
  keep_partial(of.after, partial + apart);
  keep_partial(of.growth, partial + 2 * apart);
}

template <typename T>
__device__ void normalized_difference_all(double norm, const double* partial, long long apart,
                                          long long count, const T* x, T* difference,
                                          long long n) {
  MovedNorm of;
  of.before = partial_total(partial, count);
  of.after = partial_total(partial + apart, count);
  of.growth = partial_total(partial + 2 * apart, count);
  of.finish();
  each_pack<T, 2>(
      Elements(n), [=](T x_i, T& d_i) { d_i = of.moved(norm, x_i, d_i); }, reads(x),
      updates(difference));
}

}  // namespace lemniscate

#define NORMALIZED_DIFFERENCE_PARAMETERS(T) \
  (double norm, const T* x, T* difference, long long rows, long long width)
LEMNISCATE_ENTRIES(normalized_difference, NORMALIZED_DIFFERENCE_PARAMETERS,
                   (norm, x, difference, rows, width))

#define NORMALIZED_DIFFERENCE_SUMS_PARAMETERS(T)                              \
  (const T* __restrict__ x, const T* __restrict__ difference, double* __restrict__ partial, \
   long long apart, long long n)
LEMNISCATE_ENTRIES(normalized_difference_sums, NORMALIZED_DIFFERENCE_SUMS_PARAMETERS,
                   (x, difference, partial, apart, n))

#define NORMALIZED_DIFFERENCE_ALL_PARAMETERS(T)                                        \
  (double norm, const double* __restrict__ partial, long long apart, long long count, \
   const T* __restrict__ x, T* __restrict__ difference, long long n)
LEMNISCATE_ENTRIES(normalized_difference_all, NORMALIZED_DIFFERENCE_ALL_PARAMETERS,
                   (norm, partial, apart, count, x, difference, n))
