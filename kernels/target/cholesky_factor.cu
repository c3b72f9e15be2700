// matrix + damping I = L L^T, a column of tiles after the other: for column p matrix[i, p] = matrix[i, p] - sum_q<p L[i, q] L[p, q]^T
// for the tiles i >= p, L[p, p] of the diagonal tile, then L[i, p] = matrix[i, p] (L[p, p]^T)^-1 for i > p. After the last column condition
// = max(condition, (max L_ii / min L_ii)^2), infinity where the matrix is not positive definite, NaN where it is not finite.
//
// matrix: (n, n), symmetric; its lower triangle becomes L, what lies above the diagonal is neither read nor written. Where no L
// exists the pivot that failed is left as -1 or NaN. condition: one float64, raised by an atomic maximum, whose result does not
// depend on the order.
// Writes: =. Aliases: none.
// Grid: x over the tiles of a column in strides, y over the members. Where there are several tiles the launch is cooperative: all blocks
// wait for each other twice a column. Deterministic. Twin: ReferenceTargetPasses.factor.
#include "../common/maximum.cuh"
#include "../common/sums.cuh"
#include "tile.cuh"

namespace lemniscate {

// L of a tile of `width` columns, by the first warp: a lane a row.
template <typename T>
__device__ inline void factor_tile(double damping, int width, T* tile) {
  int row = threadIdx.x;
  for (int j = 0; j < width; j++) {
    if (row == j) {
      double pivot = tile[j * kPitch + j] + damping;
      bool finite = isfinite(pivot);
      tile[j * kPitch + j] = finite ? static_cast<T>(pivot > 0 ? sqrt(pivot) : -1) : T(NAN);
    }
    __syncwarp();
    if (row > j) {
      tile[row * kPitch + j] /= tile[j * kPitch + j];
    }
    __syncwarp();
    if (row > j) {
      T factor = tile[row * kPitch + j];
      for (int c = j + 1; c <= row; c++) {
        tile[row * kPitch + c] -= factor * tile[c * kPitch + j];
      }
    }
    __syncwarp();
  }
}

// What L says of its matrix, by one warp.
template <typename T>
__device__ inline double condition_of(const T* lower, long long n) {
  double least = INFINITY, largest = 0;
  long long failed = n;
  for (long long i = threadIdx.x; i < n; i += kWarp) {
    double root = lower[i * (n + 1)];
    if (!(root > 0)) {
      failed = i < failed ? i : failed;
    }
    least = root < least ? root : least;
    largest = root > largest ? root : largest;
  }
  // Of the least, the negated largest.
  least = -warp_max(-least);
  largest = warp_max(largest);
  failed = -warp_max(-failed);
  if (failed < n) {
    return lower[failed * (n + 1)] < T(0) ? INFINITY : NAN;
  }
  return largest / least * (largest / least);
}

// A tile of a column whose left neighbours are done.
template <typename T>
__device__ inline void column_tile(double damping, T* matrix, long long n, long long row,
                                   long long column, T* tile, T* left, T* right) {
  bool diagonal = row == column;
  load_tile(matrix, n, n, row, column, kTile, diagonal, tile);
  for (long long q = 0; q < column; q += kTile) {
    __syncthreads();
    load_tile(matrix, n, n, row, q, kTile, false, left);
    load_tile(matrix, n, n, column, q, kTile, false, right);
    __syncthreads();
    subtract_product(left, right, true, kTile, tile);
  }
  __syncthreads();
  if (diagonal && threadIdx.x < kWarp) {
    factor_tile(damping, tile_width(n, column), tile);
  }
  __syncthreads();
  store_tile(tile, n, n, row, column, kTile, diagonal, matrix);
  __syncthreads();
}

// A tile below the diagonal one of its column.
template <typename T>
__device__ inline void panel_tile(T* matrix, long long n, long long row, long long column, T* tile,
                                  T* lower) {
  load_tile(matrix, n, n, column, column, kTile, true, lower);
  load_tile(matrix, n, n, row, column, kTile, false, tile);
  __syncthreads();
  if (threadIdx.x < kTile) {
    solve_row_forward(lower, kTile, tile + threadIdx.x * kPitch);
  }
  __syncthreads();
  store_tile(tile, n, n, row, column, kTile, false, matrix);
  __syncthreads();
}

template <typename T>
__device__ void cholesky_factor(double damping, Members<T> matrices, Members<double> conditions,
                                long long n) {
  LEMNISCATE_SHARED(T, tile, kTileElements);
  LEMNISCATE_SHARED(T, left, kTileElements);
  LEMNISCATE_SHARED(T, right, kTileElements);
  T* matrix = matrices.mine();
  long long first = static_cast<long long>(blockIdx.x) * kTile;
  long long apart = static_cast<long long>(gridDim.x) * kTile;
  for (long long column = 0; column < n; column += kTile) {
    for (long long row = column + first; row < n; row += apart) {
      column_tile(damping, matrix, n, row, column, tile, left, right);
    }
    if (column + kTile >= n) {
      // The block of the last tile has just written the last of the diagonal.
      if (blockIdx.x == 0 && threadIdx.x < kWarp) {
        double condition = condition_of(matrix, n);
        if (threadIdx.x == 0) {
          raise(conditions.mine(), condition);
        }
      }
      return;
    }
    LEMNISCATE_GRID_BARRIER();
    for (long long row = column + kTile + first; row < n; row += apart) {
      panel_tile(matrix, n, row, column, tile, left);
    }
    LEMNISCATE_GRID_BARRIER();
  }
}

}  // namespace lemniscate

#define CHOLESKY_FACTOR_PARAMETERS(T) \
  (double damping, lemniscate::Members<T> matrix, lemniscate::Members<double> condition, long long n)
LEMNISCATE_ENTRIES(cholesky_factor, CHOLESKY_FACTOR_PARAMETERS, (damping, matrix, condition, n))
