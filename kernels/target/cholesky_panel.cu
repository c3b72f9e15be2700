// L[i, p] = matrix[i, p] (L[p, p]^T)^-1 for the tiles i > p of a column that cholesky_column has prepared.
//
// matrix: (n, n), updated in place below its diagonal. panel = p.
// Writes: =. Aliases: none.
// Grid: x over the tiles below p, y over the members. Deterministic. Twin: ReferenceTargetPasses.factor.
#include "tile.cuh"

namespace lemniscate {

template <typename T>
__device__ void cholesky_panel(Members<T> matrices, long long n, long long panel) {
  LEMNISCATE_SHARED(T, lower, kTileElements);
  LEMNISCATE_SHARED(T, tile, kTileElements);
  T* matrix = matrices.mine();
  long long column = panel * kTile;
  long long row = column + (static_cast<long long>(blockIdx.x) + 1) * kTile;
  load_tile(matrix, n, n, column, column, kTile, true, lower);
  load_tile(matrix, n, n, row, column, kTile, false, tile);
  __syncthreads();
  if (threadIdx.x < kTile) {
    solve_row_forward(lower, kTile, tile + threadIdx.x * kPitch);
  }
  __syncthreads();
  store_tile(tile, n, n, row, column, kTile, false, matrix);
}

}  // namespace lemniscate

#define CHOLESKY_PANEL_PARAMETERS(T) (lemniscate::Members<T> matrix, long long n, long long panel)
LEMNISCATE_ENTRIES(cholesky_panel, CHOLESKY_PANEL_PARAMETERS, (matrix, n, panel))
