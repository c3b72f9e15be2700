// gated[b each + c, :] = rows[b each + c, :] gate[b, :], or rows[c, :] where all examples share their rows.
//
// rows: (batch each, width), or (each, width) where shared is not 0. gate: (batch, width). gated: n = batch each width elements.
// Writes: =. Aliases: gated may be rows where they are not shared.
// Grid: x over the rows, a warp a row, in strides; y over the members. Deterministic. Twin: ReferenceTargetPasses.gateRows.
#include "../common/kernel.cuh"

namespace lemniscate {

template <typename T>
__device__ void gate_rows(long long each, long long width, long long shared, Members<const T> rowss,
                          Members<const T> gates, Members<T> gateds, long long n) {
  const T* rows = rowss.mine();
  const T* gate = gates.mine();
  T* gated = gateds.mine();
  each_element(Elements::of_warps(n / width), [&](long long row) {
    const T* from = rows + (shared != 0 ? row % each : row) * width;
    const T* by = gate + row / each * width;
    T* to = gated + row * width;
    for (long long j = threadIdx.x % kWarp; j < width; j += kWarp) {
      to[j] = from[j] * by[j];
    }
  });
}

}  // namespace lemniscate

#define GATE_ROWS_PARAMETERS(T)                                                          \
  (long long each, long long width, long long shared, lemniscate::Members<const T> rows, \
   lemniscate::Members<const T> gate, lemniscate::Members<T> gated, long long n)
LEMNISCATE_ENTRIES(gate_rows, GATE_ROWS_PARAMETERS, (each, width, shared, rows, gate, gated, n))
