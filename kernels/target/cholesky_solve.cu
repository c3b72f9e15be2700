// rows = rows (L L^T)^-1, for few rows or a small L.
//
// factor: (n, n), of which the lower triangle L is read. rows: (count, n), replaced by the solutions.
// Writes: =. Aliases: none.
// Grid: x over the rows, a warp a row, in strides; y over the members. Deterministic. Twin: ReferenceTargetPasses.solve.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void cholesky_solve(Members<const T> factors, Members<T> solutions, long long n,
                               long long count) {
  const T* factor = factors.mine();
  T* rows = solutions.mine();
  unsigned lane = threadIdx.x % kWarp;
  for (long long r = first_element() / kWarp; r < count; r += elements_apart() / kWarp) {
    T* x = rows + r * n;
    // L z = x.
    for (long long i = 0; i < n; i++) {
      T sum = 0;
      for (long long k = lane; k < i; k += kWarp) {
        sum += factor[i * n + k] * x[k];
      }
      sum = warp_sum(sum);
      if (lane == 0) {
        x[i] = (x[i] - sum) / factor[i * n + i];
      }
      __syncwarp();
    }
    // L^T y = z.
    for (long long i = n - 1; i >= 0; i--) {
      T sum = 0;
      for (long long k = i + 1 + lane; k < n; k += kWarp) {
        sum += factor[k * n + i] * x[k];
      }
      sum = warp_sum(sum);
      if (lane == 0) {
        x[i] = (x[i] - sum) / factor[i * n + i];
      }
      __syncwarp();
    }
  }
}

}  // namespace lemniscate

#define CHOLESKY_SOLVE_PARAMETERS(T) \
  (lemniscate::Members<const T> factor, lemniscate::Members<T> rows, long long n, long long count)
LEMNISCATE_ENTRIES(cholesky_solve, CHOLESKY_SOLVE_PARAMETERS, (factor, rows, n, count))
