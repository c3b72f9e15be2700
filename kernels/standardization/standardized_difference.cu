// difference[r, :] = normal(x + z) - normal(x) of standardize.cu without cancellation: with t = c(z), s = deviation[r],
// g = mean t (2 s normal + t) and moved[r] = sqrt(s^2 + g) it is (t - normal g / (moved + s)) / moved.
//
// normal, z, difference: (rows, width). deviation, moved: rows elements.
// Writes: =. Aliases: none.
// Grid: one warp a row, or one block where block is set, in strides; sums in float64. Deterministic. Twin:
// ReferenceStandardizationPasses.difference.
#include "row_team.cuh"

namespace lemniscate {

template <typename T>
__device__ void standardized_difference(bool block, bool centred, const T* normal,
                                        const T* deviation, const T* z, T* difference, T* moved,
                                        long long rows, long long width) {
  RowTeam team(block);
  double n = static_cast<double>(width);
  team.each_row(rows, [&](long long r) {
    const T* at = normal + r * width;
    const T* by = z + r * width;
    double sd = deviation[r];
    double mean = centred ? team.sum(width, [&](long long j) { return by[j]; }) / n : 0;
    double growth = team.sum(width, [&](long long j) {
      double shift = by[j] - mean;
      return shift * (2 * sd * at[j] + shift);
    });
    growth /= n;
    // Rounding may take a variance that was all but zero below it.
    double variance = sd * sd + growth;
    double after = sqrt(variance < 0 ? 0 : variance);
    double along = sd + after == 0 ? 0 : growth / (sd + after);
    if (team.writes()) {
      moved[r] = static_cast<T>(after);
    }
    team.each(width, [&](long long j) {
      double change = after == 0 ? -at[j] : (by[j] - mean - at[j] * along) / after;
      difference[r * width + j] = static_cast<T>(change);
    });
  });
}

}  // namespace lemniscate

#define STANDARDIZED_DIFFERENCE_PARAMETERS(T)                                                \
  (long long block, long long centred, const T* __restrict__ normal, const T* __restrict__ deviation, const T* __restrict__ z, \
   T* __restrict__ difference, T* __restrict__ moved, long long rows, long long width)
LEMNISCATE_ENTRIES(standardized_difference, STANDARDIZED_DIFFERENCE_PARAMETERS,
                   (block != 0, centred != 0, normal, deviation, z, difference, moved, rows, width))
