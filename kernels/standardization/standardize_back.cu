// back[r, :] = (c(d[r, :]) - normal[r, :] mean(d[r, :] normal[r, :])) / deviation[r], the adjoint of standardize.cu; 0 where the
// deviation is 0.
//
// normal, d, back: (rows, width). deviation: rows elements.
// Writes: =. Aliases: none.
// Grid: one warp a row, or one block where block is set, in strides; sums in float64. Deterministic. Twin:
// ReferenceStandardizationPasses.back.
#include "row_team.cuh"

namespace lemniscate {

template <typename T>
__device__ void standardize_back(bool block, bool centred, const T* normal, const T* deviation,
                                 const T* d, T* back, long long rows, long long width) {
  RowTeam team(block);
  double n = static_cast<double>(width);
  team.each_row(rows, [&](long long r) {
    const T* at = normal + r * width;
    const T* error = d + r * width;
    double sd = deviation[r];
    double mean = centred ? team.sum(width, [&](long long j) { return error[j]; }) / n : 0;
    double along =
        team.sum(width, [&](long long j) { return static_cast<double>(error[j]) * at[j]; }) / n;
    team.each(width, [&](long long j) {
      double value = error[j] - mean - at[j] * along;
      back[r * width + j] = static_cast<T>(sd == 0 ? 0 : value / sd);
    });
  });
}

}  // namespace lemniscate

#define STANDARDIZE_BACK_PARAMETERS(T)                                                  \
  (long long block, long long centred, const T* __restrict__ normal, const T* __restrict__ deviation, const T* __restrict__ d, \
   T* __restrict__ back, long long rows, long long width)
LEMNISCATE_ENTRIES(standardize_back, STANDARDIZE_BACK_PARAMETERS,
                   (block != 0, centred != 0, normal, deviation, d, back, rows, width))
