// displacement[r, :] = 2 (y - p) h[r, :] with g = factor sum_j h[r, j]^2 - threshold, p = 1/(1 + e^-g), y = 1 for the first half of
// the rows and 0 for the second; partial[block] = the sum of -log(y p + (1 - y)(1 - p)) over the rows of the block.
//
// h, displacement: (rows, width). partial: gridDim.x float64; sum_partials makes the total of them.
// Writes: =. Aliases: none.
// Grid: one block a row, in strides, as many blocks as follow from the shape alone; sums in float64. Deterministic. Twin:
// ReferenceGoodnessPasses.contrast.
#include "../common/sums.cuh"

namespace lemniscate {

template <typename T>
__device__ void goodness_contrast(double factor, double threshold, const T* h, T* displacement,
                                  double* partial, long long rows, long long width) {
  double loss = 0;
  for (long long r = blockIdx.x; r < rows; r += gridDim.x) {
    double squares = 0;
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      double value = h[r * width + i];
      squares += value * value;
    }
    double g = factor * block_total(squares) - threshold;
    // Towards which the logit is driven; 1 - p of it, and its loss log(1 + e^-z), without overflow.
    double z = 2 * r < rows ? g : -g;
    double e = exp(-fabs(z));
    double wrong = (z > 0 ? e : 1.0) / (1.0 + e);
    loss += (z > 0 ? 0.0 : -z) + log1p(e);
    double by = 2 * (2 * r < rows ? wrong : -wrong);
    for (long long i = threadIdx.x; i < width; i += blockDim.x) {
      displacement[r * width + i] = static_cast<T>(by * h[r * width + i]);
    }
  }
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = loss;
  }
}

}  // namespace lemniscate

#define GOODNESS_CONTRAST_PARAMETERS(T)                                                           \
  (double factor, double threshold, const T* h, T* displacement, double* partial, long long rows, \
   long long width)
LEMNISCATE_ENTRIES(goodness_contrast, GOODNESS_CONTRAST_PARAMETERS,
                   (factor, threshold, h, displacement, partial, rows, width))
