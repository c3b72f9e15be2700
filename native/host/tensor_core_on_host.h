// The tensor cores' instructions of kernels/common/tensor_core.cuh on a CPU: what each lane holds, laid out as in the PTX ISA.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "cuda_on_host.h"

namespace host {

inline float from_bits(std::uint32_t bits) {
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

inline std::uint32_t to_bits(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

// Of a register that holds a tf32 the tensor core reads the upper 19 bits.
inline double tf32(std::uint32_t bits) { return from_bits(bits & 0xFFFFE000u); }

inline double bf16(std::uint32_t bits) { return from_bits(bits << 16); }

inline double power_of_two(std::int64_t exponent) {
  std::int64_t bits = (exponent + 1023) << 52;
  double x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

// A sum as a tensor core may make it: terms are cut off two binary places below the last one that the largest has as a float32, and so is
// the sum itself at its own last place (Fasi, Higham, Mikaitis and Pranesh, "Numerical behavior of NVIDIA tensor cores", 2021). The
// order does not count.
template <int N>
float cut_sum(const double (&terms)[N]) {
  double largest = 0;
  for (double term : terms) {
    if (!std::isfinite(term)) {
      double sum = 0;
      for (double each : terms) {
        sum += each;
      }
      return static_cast<float>(sum);
    }
    largest = std::fmax(largest, std::fabs(term));
  }
  if (largest == 0) {
    return 0;
  }
  // largest is m 2^exponent with m from 1 to below 2, and never subnormal as a double.
  std::int64_t exponent;
  std::memcpy(&exponent, &largest, sizeof largest);
  exponent = (exponent >> 52) - 1023;
  double unit = power_of_two(exponent - 25), many = power_of_two(25 - exponent);
  double sum = 0;
  for (double term : terms) {
    sum += std::trunc(term * many);
  }
  sum *= unit;
  float rounded = static_cast<float>(sum);
  // Towards zero.
  return std::fabs(static_cast<double>(rounded)) > std::fabs(sum) ? std::nextafter(rounded, 0.0f)
                                                                  : rounded;
}

struct Fragments {
  std::uint32_t a[4], b[2];
};

// d = a b + d for a of 16 x depth and b of depth x 8. left(row, k) and right(k, column) find elements among what the lanes gave.
template <int kDepth, typename Left, typename Right>
void multiply_fragments(float (&d)[4], Left left, Right right) {
  unsigned group = lane() / 4, within = lane() % 4;
  for (unsigned i = 0; i < 4; i++) {
    unsigned row = group + i / 2 * 8, column = within * 2 + i % 2;
    double terms[kDepth + 1];
    for (unsigned k = 0; k < kDepth; k++) {
      terms[k] = left(row, k) * right(k, column);
    }
    terms[kDepth] = d[i];
    d[i] = cut_sum(terms);
  }
}

}  // namespace host

namespace lemniscate {

inline std::uint32_t to_tf32(float x) {
  std::uint32_t bits = host::to_bits(x);
  // To nearest, ties away from zero; infinities and NaN stay.
  return (bits & 0x7F800000u) == 0x7F800000u ? bits : (bits + 0x1000u) & 0xFFFFE000u;
}

inline std::uint16_t to_bf16(float x) {
  std::uint32_t bits = host::to_bits(x);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) {
    return 0x7FFF;
  }
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

inline void mma_tf32(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  host::Fragments mine{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}}, all[32];
  host::gather(&mine, sizeof mine, all);
  host::multiply_fragments<8>(
      d,
      [&](unsigned row, unsigned k) {
        return host::tf32(all[row % 8 * 4 + k % 4].a[row / 8 + k / 4 * 2]);
      },
      [&](unsigned k, unsigned column) { return host::tf32(all[column * 4 + k % 4].b[k / 4]); });
}

inline void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4], const std::uint32_t (&b)[2]) {
  host::Fragments mine{{a[0], a[1], a[2], a[3]}, {b[0], b[1]}}, all[32];
  host::gather(&mine, sizeof mine, all);
  auto half = [](std::uint32_t both, unsigned k) {
    return host::bf16(k % 2 == 0 ? both & 0xFFFFu : both >> 16);
  };
  host::multiply_fragments<16>(
      d,
      [&](unsigned row, unsigned k) {
        return half(all[row % 8 * 4 + k % 8 / 2].a[row / 8 + k / 8 * 2], k);
      },
      [&](unsigned k, unsigned column) { return half(all[column * 4 + k % 8 / 2].b[k / 8], k); });
}

namespace on_host {

inline void load_matrices(std::uint32_t (&r)[4], const void* row, bool transposed) {
  if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0) {
    host::refuse("loads a row of a matrix from an address that is no multiple of 16");
  }
  if (!host::is_shared(row, 16)) {
    host::refuse("loads a row of a matrix that is not in its shared memory");
    row = nullptr;
  }
  const char* rows[32];
  host::gather(&row, sizeof row, rows);
  unsigned lane = host::lane();
  for (unsigned matrix = 0; matrix < 4; matrix++) {
    std::uint16_t halves[2] = {0, 0};
    for (unsigned j = 0; j < 2; j++) {
      unsigned down = transposed ? lane % 4 * 2 + j : lane / 4;
      unsigned across = transposed ? lane / 4 : lane % 4 * 2 + j;
      const char* from = rows[matrix * 8 + down];
      if (from != nullptr) {
        std::memcpy(&halves[j], from + across * sizeof(std::uint16_t), sizeof(std::uint16_t));
      }
    }
    std::memcpy(&r[matrix], halves, sizeof halves);
  }
}

}  // namespace on_host

inline void load_matrices(std::uint32_t (&r)[4], const void* row) {
  on_host::load_matrices(r, row, false);
}

inline void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  on_host::load_matrices(r, row, true);
}

}  // namespace lemniscate
