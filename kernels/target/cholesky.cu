// matrix + damping I = L L^T, and condition = max(condition, (max L_ii / min L_ii)^2), infinity where the matrix is not positive
// definite, NaN where it is not finite.
//
// matrix: (n, n), symmetric; its lower triangle becomes L, what lies above the diagonal is neither read nor written.
// condition: one float64, raised by an atomic maximum, whose result does not depend on the order.
// Writes: =. Aliases: none.
// Grid: one block a member (y). Deterministic. Twin: ReferenceTargetPasses.factor.
#include "../common/maximum.cuh"

namespace lemniscate {

template <typename T>
__device__ void cholesky(double damping, Members<T> matrices, Members<double> conditions,
                         long long n) {
  T* matrix = matrices.mine();
  double* condition = conditions.mine();
  LEMNISCATE_SHARED(double, extremes, 2);  // least and largest pivot, L_ii^2
  LEMNISCATE_SHARED(double, verdict, 1);
  if (threadIdx.x == 0) {
    extremes[0] = INFINITY;
    extremes[1] = 0;
    verdict[0] = 0;
  }
  __syncthreads();
  for (long long j = 0; j < n; j++) {
    T* column = matrix + j * n + j;  // of the rows from j on, n apart
    if (threadIdx.x == 0) {
      double pivot = *column + damping;
      if (!(pivot > 0)) {
        verdict[0] = isfinite(pivot) ? INFINITY : NAN;
      } else if (!isfinite(pivot)) {
        verdict[0] = NAN;
      }
      extremes[0] = fmin(extremes[0], pivot);
      extremes[1] = fmax(extremes[1], pivot);
      *column = static_cast<T>(sqrt(pivot));
    }
    __syncthreads();
    if (verdict[0] != 0) {
      break;
    }
    T root = *column;
    for (long long i = j + 1 + threadIdx.x; i < n; i += blockDim.x) {
      matrix[i * n + j] /= root;
    }
    __syncthreads();
    long long left = n - j - 1;
    for (long long e = threadIdx.x; e < left * left; e += blockDim.x) {
      long long row = j + 1 + e / left;
      long long other = j + 1 + e % left;
      if (other <= row) {
        matrix[row * n + other] -= matrix[row * n + j] * matrix[other * n + j];
      }
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    raise(condition, verdict[0] != 0 ? verdict[0] : extremes[1] / extremes[0]);
  }
}

}  // namespace lemniscate

#define CHOLESKY_PARAMETERS(T)                                                           \
  (double damping, lemniscate::Members<T> matrix, lemniscate::Members<double> condition, \
   long long n)
LEMNISCATE_ENTRIES(cholesky, CHOLESKY_PARAMETERS, (damping, matrix, condition, n))
