// out = factor sum_b x[b, :], in one stage or two.
//
// x: (batch, width). out: width elements. partial: (chunks, width) float64, untouched where chunks is 1.
// Stage one: a block adds the rows of a chunk for 32 columns, a lane a column and a warp every eighth row, in float64, and the sums
// of its warps in their order; the last of one stage writes out, that of two partial. Stage two (column_sum_chunks): out from the
// chunks in their order, a thread a column.
// Writes: =. Aliases: none.
// Grid: x over chunks within groups of columns; the launcher takes the number of chunks, which decides the order of the sum, from the
// shape alone. Deterministic. Twin: ReferenceOperations.columnSum.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void column_sum(double factor, const T* x, T* out, double* partial, long long batch,
                           long long width, long long chunks) {
  constexpr int kWarps = kSumThreads / kWarp;
  LEMNISCATE_SHARED(double, of_warp, kSumThreads);
  int lane = threadIdx.x % kWarp;
  int warp = threadIdx.x / kWarp;
  long long chunk = blockIdx.x % chunks;
  long long column = blockIdx.x / chunks * kWarp + lane;
  long long rows = (batch + chunks - 1) / chunks;
  long long end = (chunk + 1) * rows < batch ? (chunk + 1) * rows : batch;
  double sum = 0;
  if (column < width) {
    for (long long b = chunk * rows + warp; b < end; b += kWarps) {
      sum += x[b * width + column];
    }
  }
  of_warp[threadIdx.x] = sum;
  __syncthreads();
  if (warp == 0 && column < width) {
    for (int w = 1; w < kWarps; w++) {
      sum += of_warp[w * kWarp + lane];
    }
    if (chunks == 1) {
      out[column] = static_cast<T>(factor * sum);
    } else {
      partial[chunk * width + column] = sum;
    }
  }
}

template <typename T>
__device__ void column_sum_chunks(double factor, const double* partial, T* out, long long width,
                                  long long chunks) {
  each_element(width, [&](long long j) {
    double sum = 0;
    for (long long c = 0; c < chunks; c++) {
      sum += partial[c * width + j];
    }
    out[j] = static_cast<T>(factor * sum);
  });
}

}  // namespace lemniscate

#define COLUMN_SUM_PARAMETERS(T)                                                                  \
  (double factor, const T* __restrict__ x, T* __restrict__ out, double* __restrict__ partial,     \
   long long batch, long long width, long long chunks)
LEMNISCATE_ENTRIES(column_sum, COLUMN_SUM_PARAMETERS,
                   (factor, x, out, partial, batch, width, chunks))

#define COLUMN_SUM_CHUNKS_PARAMETERS(T)                                                     \
  (double factor, const double* __restrict__ partial, T* __restrict__ out, long long width, \
   long long chunks)
LEMNISCATE_ENTRIES(column_sum_chunks, COLUMN_SUM_CHUNKS_PARAMETERS,
                   (factor, partial, out, width, chunks))
