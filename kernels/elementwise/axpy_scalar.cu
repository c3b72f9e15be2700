// y = y + factor scalar x, with a scalar that is read when the kernel runs.
//
// scalar: one float64. x, y: n elements; y is updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.axpy.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void axpy_scalar(double factor, const double* scalar, Members<const T> xs, Members<T> ys,
                            long long n) {
  const T* x = xs.mine();
  T* y = ys.mine();
  T by = static_cast<T>(factor * *scalar);
  each_pack<T, 2>(Elements(n), [=](T x_i, T& y_i) { y_i += by * x_i; }, reads(x), updates(y));
}

}  // namespace lemniscate

#define AXPY_SCALAR_PARAMETERS(T)                                                                 \
  (double factor, const double* scalar, lemniscate::Members<const T> x, lemniscate::Members<T> y, \
   long long n)
LEMNISCATE_ENTRIES(axpy_scalar, AXPY_SCALAR_PARAMETERS, (factor, scalar, x, y, n))
