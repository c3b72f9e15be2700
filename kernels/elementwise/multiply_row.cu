// y[b, :] = row x[b, :], elementwise, for every row of x.
//
// row: width elements. x, y: n = batch * width elements, row-major.
// Writes: =. Aliases: y may be x.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.multiplyRow.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void multiply_row(long long width, Members<const T> rows, Members<const T> xs,
                             Members<T> ys, long long n) {
  const T* row = rows.mine();
  const T* x = xs.mine();
  T* y = ys.mine();
  each_row_pack(
      Elements(n), width, row, [](T r, T x_i, T& y_i) { y_i = r * x_i; }, reads(x), writes(y));
}

}  // namespace lemniscate

#define MULTIPLY_ROW_PARAMETERS(T)                                                       \
  (long long width, lemniscate::Members<const T> row, lemniscate::Members<const T> x, \
   lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(multiply_row, MULTIPLY_ROW_PARAMETERS, (width, row, x, y, n))
