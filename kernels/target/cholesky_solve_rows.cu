// rows = rows (L L^T)^-1, for many rows and an L of several tiles.
//
// factor: (n, n), of which the lower triangle L is read. rows: (count, n), replaced by the solutions.
// Writes: =. Aliases: none.
// Grid: x over groups of kSolvedRows rows, each of which one block carries through all tiles of L, down for rows (L^T)^-1 and up
// again; y over the members. Deterministic. Twin: ReferenceTargetPasses.solve.
#include "tile.cuh"

namespace lemniscate {

// More would read L less often, but a batch of 1024 would not even give every second multiprocessor a block.
constexpr int kSolvedRows = 16;

template <typename T>
__device__ void cholesky_solve_rows(Members<const T> factors, Members<T> solutions, long long n,
                                    long long count) {
  LEMNISCATE_SHARED(T, solved, kSolvedRows * kPitch);
  LEMNISCATE_SHARED(T, left, kSolvedRows * kPitch);
  LEMNISCATE_SHARED(T, lower, kTileElements);
  const T* factor = factors.mine();
  T* rows = solutions.mine();
  long long row = static_cast<long long>(blockIdx.x) * kSolvedRows;
  long long tiles = (n + kTile - 1) / kTile;
  for (long long step = 0; step < 2 * tiles; step++) {
    bool down = step < tiles;
    long long column = (down ? step : 2 * tiles - 1 - step) * kTile;
    load_tile(rows, count, n, row, column, kSolvedRows, false, solved);
    long long from = down ? 0 : column + kTile;
    long long to = down ? column : n;
    for (long long q = from; q < to; q += kTile) {
      load_tile(rows, count, n, row, q, kSolvedRows, false, left);
      if (down) {
        load_tile(factor, n, n, column, q, kTile, false, lower);
      } else {
        load_tile(factor, n, n, q, column, kTile, false, lower);
      }
      __syncthreads();
      subtract_product(left, lower, down, kSolvedRows, solved);
      __syncthreads();
    }
    load_tile(factor, n, n, column, column, kTile, true, lower);
    __syncthreads();
    if (threadIdx.x < kSolvedRows) {
      T* x = solved + threadIdx.x * kPitch;
      if (down) {
        solve_row_forward(lower, tile_width(n, column), x);
      } else {
        solve_row_backward(lower, tile_width(n, column), x);
      }
    }
    __syncthreads();
    store_tile(solved, count, n, row, column, kSolvedRows, false, rows);
    __syncthreads();
  }
}

}  // namespace lemniscate

#define CHOLESKY_SOLVE_ROWS_PARAMETERS(T) \
  (lemniscate::Members<const T> factor, lemniscate::Members<T> rows, long long n, long long count)
LEMNISCATE_ENTRIES(cholesky_solve_rows, CHOLESKY_SOLVE_ROWS_PARAMETERS, (factor, rows, n, count))
