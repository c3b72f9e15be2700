// normal[r, :] = c(x[r, :]) / deviation[r] with deviation[r] = sqrt(mean c(x[r, :])^2 + epsilon), where c takes the row's mean
// away or nothing.
//
// x, normal: (rows, width). deviation: rows elements.
// Writes: =. Aliases: none.
// Grid: one warp a row, or one block where block is set, in strides; sums in float64. Deterministic. Twin:
// ReferenceStandardizationPasses.standardize.
#include "row_team.cuh"

namespace lemniscate {

template <typename T>
__device__ void standardize(bool block, bool centred, double epsilon, const T* x, T* normal,
                            T* deviation, long long rows, long long width) {
  RowTeam team(block);
  double n = static_cast<double>(width);
  team.each_row(rows, [&](long long r) {
    const T* from = x + r * width;
    double mean = centred ? team.sum(width, [&](long long j) { return from[j]; }) / n : 0;
    double squares =
        team.sum(width, [&](long long j) { return (from[j] - mean) * (from[j] - mean); });
    double sd = sqrt(squares / n + epsilon);
    if (team.writes()) {
      deviation[r] = static_cast<T>(sd);
    }
    team.each(width, [&](long long j) {
      normal[r * width + j] = static_cast<T>(sd == 0 ? 0 : (from[j] - mean) / sd);
    });
  });
}

}  // namespace lemniscate

#define STANDARDIZE_PARAMETERS(T)                                                         \
  (long long block, long long centred, double epsilon, const T* __restrict__ x, T* __restrict__ normal, T* __restrict__ deviation, \
   long long rows, long long width)
LEMNISCATE_ENTRIES(standardize, STANDARDIZE_PARAMETERS,
                   (block != 0, centred != 0, epsilon, x, normal, deviation, rows, width))
