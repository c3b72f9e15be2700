// Products of a few rows with a matrix, by one block.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

// Rows of a block: what it reads of a matrix serves as many. With 8 the multiply-adds of float32 take about as long as reading the
// matrix from the second-level cache.
constexpr int kProgramRows = 8;
constexpr int kProgramThreads = 256;
constexpr int kProgramWarps = kProgramThreads / kWarp;
// Length of the pieces of a row that are kept in shared memory.
constexpr int kPiece = 128;
// A warp turns a transposed matrix by tiles of 32 columns and so many elements of their sums.
constexpr int kTurned = 16;
constexpr int kTurnedPitch = kTurned + 1;
constexpr int kOfWarp = kWarp * kTurnedPitch;
static_assert(kOfWarp >= kWarp * kProgramRows, "the tile of a warp holds its partial sums, too");

// c = alpha a op(b) + beta c for `rows` <= kProgramRows rows of a (k long) and c (n long). op(b) is (k, n), or the transpose of an
// (n, k) matrix. A lane has a column; where columns are few, several warps share the sum, in pieces that are added in their order.
template <typename T>
__device__ void row_product(bool transposed, long long n, long long k, T alpha, T beta, const T* a,
                            const T* b, T* c, int rows) {
  LEMNISCATE_SHARED(T, piece, kProgramRows * kPiece);
  LEMNISCATE_SHARED(T, tiles, kProgramWarps * kOfWarp);
  int lane = threadIdx.x % kWarp;
  int warp = threadIdx.x / kWarp;
  T* tile = tiles + warp * kOfWarp;
  long long groups = (n + kWarp - 1) / kWarp;
  int parts = groups == 1 ? kProgramWarps : groups == 2 ? kProgramWarps / 2 : groups <= 4 ? 2 : 1;
  int part = warp % parts;
  int length = kPiece / parts;
  for (long long round = 0; round < groups; round += kProgramWarps / parts) {
    long long column = (round + warp / parts) * kWarp + lane;
    bool working = column - lane < n;
    T sums[kProgramRows] = {};
    for (long long from = 0; from < k; from += kPiece) {
      __syncthreads();
      for (int e = threadIdx.x; e < kProgramRows * kPiece; e += kProgramThreads) {
        int r = e / kPiece;
        long long l = from + e % kPiece;
        piece[e % kPiece * kProgramRows + r] = r < rows && l < k ? a[r * k + l] : T(0);
      }
      __syncthreads();
      long long begin = from + part * length;
      for (long long l = begin; working && l < begin + length && l < k; l += kTurned) {
        if (transposed) {
          __syncwarp();
          for (int e = lane; e < kWarp * kTurned; e += kWarp) {
            long long row = column - lane + e / kTurned;
            long long at = l + e % kTurned;
            tile[e / kTurned * kTurnedPitch + e % kTurned] =
                row < n && at < k ? b[row * k + at] : T(0);
          }
          __syncwarp();
        }
        for (int i = 0; i < kTurned; i++) {
          bool there = column < n && l + i < k;
          T factor = transposed ? tile[lane * kTurnedPitch + i]
                     : there    ? b[(l + i) * n + column]
                                : T(0);
          const T* values = piece + (l - from + i) * kProgramRows;
          for (int r = 0; r < kProgramRows; r++) {
            sums[r] += values[r] * factor;
          }
        }
      }
    }
    __syncthreads();
    if (part > 0) {
      for (int r = 0; r < kProgramRows; r++) {
        tile[r * kWarp + lane] = sums[r];
      }
    }
    __syncthreads();
    if (part == 0 && column < n) {
      // A constant number of turns: sums with an index that is known stay in registers.
      for (int r = 0; r < kProgramRows; r++) {
        if (r < rows) {
          T sum = sums[r];
          for (int p = 1; p < parts; p++) {
            sum += tile[p * kOfWarp + r * kWarp + lane];
          }
          // With beta 0 the former content does not count, not even a NaN.
          c[r * n + column] = alpha * sum + (beta == T(0) ? T(0) : beta * c[r * n + column]);
        }
      }
    }
    __syncthreads();
  }
}

}  // namespace lemniscate
