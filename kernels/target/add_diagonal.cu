// matrix = matrix + value I.
//
// matrix: (n, n), updated in place; n threads.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceTargetPasses.addDiagonal.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void add_diagonal(double value, Members<T> matrixs, long long n) {
  T* matrix = matrixs.mine();
  each_element(n, [&](long long i) { matrix[i * (n + 1)] += static_cast<T>(value); });
}

}  // namespace lemniscate

#define ADD_DIAGONAL_PARAMETERS(T) (double value, lemniscate::Members<T> matrix, long long n)
LEMNISCATE_ENTRIES(add_diagonal, ADD_DIAGONAL_PARAMETERS, (value, matrix, n))
