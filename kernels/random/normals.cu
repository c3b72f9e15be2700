// x = deviation N(0, 1): element i is number i of the normal stream (seed, stream + counter).
//
// counter: one float64 that holds a whole number, or no address for 0. x: n elements.
// Writes: =. Aliases: none.
// Grid: x over blocks of four elements in strides. Deterministic. Twin: ReferenceOperations.randomNormal.
#include "../common/philox.cuh"

namespace lemniscate {

template <typename T>
__device__ void normals(unsigned long long seed, unsigned long long stream, const double* counter,
                        double deviation, T* x, long long n) {
  unsigned long long number = stream + (counter == nullptr ? 0 : llrint(*counter));
  each_element((n + 3) / 4, [&](long long block) {
    double four[4];
    normals(seed, number, static_cast<unsigned long long>(block), four);
    for (int k = 0; k < 4 && 4 * block + k < n; k++) {
      x[4 * block + k] = static_cast<T>(deviation * four[k]);
    }
  });
}

}  // namespace lemniscate

#define NORMALS_PARAMETERS(T)                                                                   \
  (unsigned long long seed, unsigned long long stream, const double* counter, double deviation, \
   T* x, long long n)
LEMNISCATE_ENTRIES(normals, NORMALS_PARAMETERS, (seed, stream, counter, deviation, x, n))
