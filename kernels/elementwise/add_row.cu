// y[b, :] = y[b, :] + row, for every row of y.
//
// row: width elements. y: n = batch * width elements, row-major, updated in place.
// Writes: =. Aliases: none.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceOperations.addRow.
#include "../common/packs.cuh"

namespace lemniscate {

template <typename T>
__device__ void add_row(long long width, Members<const T> rows, Members<T> ys, long long n) {
  const T* row = rows.mine();
  T* y = ys.mine();
  each_row_pack(Elements(n), width, row, [](T r, T& y_i) { y_i += r; }, updates(y));
}

}  // namespace lemniscate

#define ADD_ROW_PARAMETERS(T) \
  (long long width, lemniscate::Members<const T> row, lemniscate::Members<T> y, long long n)
LEMNISCATE_ENTRIES(add_row, ADD_ROW_PARAMETERS, (width, row, y, n))
