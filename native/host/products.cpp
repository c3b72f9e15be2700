// Matrix products of the host execution, in the place of cuBLAS: plain loops, right before fast.
#include <cstdint>
#include <cstring>
#include <vector>

namespace {

enum Arithmetic { kFull, kTf32, kBf16 };

// A float32 rounded to the 10 or 7 bits of fraction that the tensor cores take, to nearest even.
float rounded(float x, int arithmetic) {
  if (arithmetic == kFull) {
    return x;
  }
  int dropped = arithmetic == kTf32 ? 13 : 16;
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  if ((bits & 0x7F800000u) == 0x7F800000u) {
    return x;
  }
  std::uint32_t half = (1u << (dropped - 1)) - 1 + ((bits >> dropped) & 1u);
  bits = (bits + half) & ~((1u << dropped) - 1);
  std::memcpy(&x, &bits, sizeof bits);
  return x;
}

double rounded(double x, int) { return x; }

// op(X) of shape (rows, columns), as a dense row-major matrix.
template <typename T>
std::vector<T> operand(const T* x, bool transposed, long long rows, long long columns,
                       int arithmetic) {
  std::vector<T> dense(static_cast<std::size_t>(rows * columns));
  for (long long i = 0; i < rows; i++) {
    for (long long j = 0; j < columns; j++) {
      dense[i * columns + j] =
          rounded(transposed ? x[j * rows + i] : x[i * columns + j], arithmetic);
    }
  }
  return dense;
}

template <typename T>
void multiply(bool transpose_a, bool transpose_b, long long m, long long n, long long k,
              double alpha, const T* a, const T* b, double beta, T* c, int arithmetic) {
  std::vector<T> left = operand(a, transpose_a, m, k, arithmetic);
  std::vector<T> right = operand(b, transpose_b, k, n, arithmetic);
  std::vector<T> row(static_cast<std::size_t>(n));
  for (long long i = 0; i < m; i++) {
    row.assign(row.size(), T(0));
    for (long long l = 0; l < k; l++) {
      T factor = left[i * k + l];
      const T* from = &right[l * n];
      for (long long j = 0; j < n; j++) {
        row[j] += factor * from[j];
      }
    }
    for (long long j = 0; j < n; j++) {
      // With beta 0 the former content does not count, not even a NaN.
      T former = beta == 0 ? T(0) : static_cast<T>(beta) * c[i * n + j];
      c[i * n + j] = static_cast<T>(alpha) * row[j] + former;
    }
  }
}

template <typename T>
void batched(bool transpose_a, bool transpose_b, long long m, long long n, long long k,
             double alpha, const T* a, long long stride_a, const T* b, long long stride_b,
             double beta, T* c, long long stride_c, long long count, int arithmetic) {
  for (long long i = 0; i < count; i++) {
    multiply(transpose_a, transpose_b, m, n, k, alpha, a + i * stride_a, b + i * stride_b, beta,
             c + i * stride_c, arithmetic);
  }
}

}  // namespace

extern "C" {

// C_i = alpha op(A_i) op(B_i) + beta C_i for `count` row-major matrices at constant strides (in elements).
void lemniscate_host_gemm_f32(int transpose_a, int transpose_b, long long m, long long n,
                              long long k, double alpha, const float* a, long long stride_a,
                              const float* b, long long stride_b, double beta, float* c,
                              long long stride_c, long long count, int arithmetic) {
  batched(transpose_a != 0, transpose_b != 0, m, n, k, alpha, a, stride_a, b, stride_b, beta, c,
          stride_c, count, arithmetic);
}

void lemniscate_host_gemm_f64(int transpose_a, int transpose_b, long long m, long long n,
                              long long k, double alpha, const double* a, long long stride_a,
                              const double* b, long long stride_b, double beta, double* c,
                              long long stride_c, long long count, int arithmetic) {
  batched(transpose_a != 0, transpose_b != 0, m, n, k, alpha, a, stride_a, b, stride_b, beta, c,
          stride_c, count, arithmetic);
}

}  // extern "C"
