// gated[b each + c, :] = rows[b each + c, :] gate[b, :], or rows[c, :] where all examples share their rows.
//
// rows: (batch each, width), or (each, width) where shared is not 0. gate: (batch, width). gated: n = batch each width elements.
// Writes: =. Aliases: gated may be rows where they are not shared.
// Grid: x over the elements in strides, y over the members. Deterministic. Twin: ReferenceTargetPasses.gateRows.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void gate_rows(long long each, long long width, long long shared, Members<const T> rowss,
                          Members<const T> gates, Members<T> gateds, long long n) {
  const T* rows = rowss.mine();
  const T* gate = gates.mine();
  T* gated = gateds.mine();
  each_element(n, [&](long long i) {
    long long row = i / width;
    long long column = i % width;
    long long from = shared != 0 ? row % each * width + column : i;
    gated[i] = rows[from] * gate[row / each * width + column];
  });
}

}  // namespace lemniscate

#define GATE_ROWS_PARAMETERS(T)                                                          \
  (long long each, long long width, long long shared, lemniscate::Members<const T> rows, \
   lemniscate::Members<const T> gate, lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(gate_rows, GATE_ROWS_PARAMETERS, (each, width, shared, rows, gate, gated, n))
