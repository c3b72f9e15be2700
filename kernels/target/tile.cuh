// Square tiles of a matrix in shared memory, for triangular factors. A matrix is cut into tiles of kTile rows and columns; those at
// its end are filled with zeros.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

// A warp has a lane for each column, or row.
constexpr int kTile = kWarp;
// Odd, so that the elements of a column lie in different banks.
constexpr int kPitch = kTile + 1;
constexpr int kTileElements = kTile * kPitch;

// tile = the part of a (rows, columns) matrix that begins at (row, column), of which only what is not above the diagonal where
// `lower` says so; count rows of it. All threads of the block take part.
template <typename T>
__device__ inline void load_tile(const T* matrix, long long rows, long long columns, long long row,
                                 long long column, int count, bool lower, T* tile) {
  for (int e = threadIdx.x; e < count * kTile; e += blockDim.x) {
    long long r = row + e / kTile;
    long long c = column + e % kTile;
    bool there = r < rows && c < columns && (!lower || c <= r);
    tile[e / kTile * kPitch + e % kTile] = there ? matrix[r * columns + c] : T(0);
  }
}

// The other way.
template <typename T>
__device__ inline void store_tile(const T* tile, long long rows, long long columns, long long row,
                                  long long column, int count, bool lower, T* matrix) {
  for (int e = threadIdx.x; e < count * kTile; e += blockDim.x) {
    long long r = row + e / kTile;
    long long c = column + e % kTile;
    if (r < rows && c < columns && (!lower || c <= r)) {
      matrix[r * columns + c] = tile[e / kTile * kPitch + e % kTile];
    }
  }
}

// target = target - left right^T for `count` rows of left and target, or target - left right. A lane has a column and a warp some
// rows at a time, so that an element of right serves them all; the sum goes over k in order.
template <typename T>
__device__ inline void subtract_product(const T* left, const T* right, bool transposed, int count,
                                        T* target) {
  constexpr int kAtOnce = 4;
  int column = threadIdx.x % kWarp;
  int warps = blockDim.x / kWarp;
  for (int first = threadIdx.x / kWarp; first < count; first += kAtOnce * warps) {
    T sums[kAtOnce] = {};
    for (int k = 0; k < kTile; k++) {
      T factor = transposed ? right[column * kPitch + k] : right[k * kPitch + column];
      for (int i = 0; i < kAtOnce; i++) {
        int row = first + i * warps;
        sums[i] += left[(row < count ? row : first) * kPitch + k] * factor;
      }
    }
    for (int i = 0; i < kAtOnce && first + i * warps < count; i++) {
      target[(first + i * warps) * kPitch + column] -= sums[i];
    }
  }
}

// A row of x = x (L^T)^-1 for the first `width` columns of a lower triangle.
template <typename T>
__device__ inline void solve_row_forward(const T* lower, int width, T* x) {
  for (int c = 0; c < width; c++) {
    T rest = x[c];
    for (int k = 0; k < c; k++) {
      rest -= x[k] * lower[c * kPitch + k];
    }
    x[c] = rest / lower[c * kPitch + c];
  }
}

// A row of x = x L^-1.
template <typename T>
__device__ inline void solve_row_backward(const T* lower, int width, T* x) {
  for (int c = width - 1; c >= 0; c--) {
    T rest = x[c];
    for (int k = c + 1; k < width; k++) {
      rest -= x[k] * lower[k * kPitch + c];
    }
    x[c] = rest / lower[c * kPitch + c];
  }
}

// Columns of the tile that begins at a column.
__device__ inline int tile_width(long long columns, long long column) {
  return columns - column < kTile ? static_cast<int>(columns - column) : kTile;
}

}  // namespace lemniscate
