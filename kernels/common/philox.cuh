// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) and the normals of lemniscate.random.NormalStream.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

struct Words {
  unsigned w[4];
};

__device__ inline Words philox(unsigned long long key, unsigned long long counter_low,
                               unsigned long long counter_high) {
  constexpr unsigned kMultiplier0 = 0xD2511F53u;
  constexpr unsigned kMultiplier1 = 0xCD9E8D57u;
  constexpr unsigned kIncrement0 = 0x9E3779B9u;
  constexpr unsigned kIncrement1 = 0xBB67AE85u;
  unsigned c0 = static_cast<unsigned>(counter_low), c1 = static_cast<unsigned>(counter_low >> 32);
  unsigned c2 = static_cast<unsigned>(counter_high), c3 = static_cast<unsigned>(counter_high >> 32);
  unsigned k0 = static_cast<unsigned>(key), k1 = static_cast<unsigned>(key >> 32);
  for (int round = 0; round < 10; round++) {
    unsigned high0 = __umulhi(kMultiplier0, c0), low0 = kMultiplier0 * c0;
    unsigned high1 = __umulhi(kMultiplier1, c2), low1 = kMultiplier1 * c2;
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += kIncrement0;
    k1 += kIncrement1;
  }
  return {{c0, c1, c2, c3}};
}

// Inside (0, 1).
__device__ inline double uniform(unsigned word) { return (word + 0.5) * 0x1p-32; }

// Normals 4·index … 4·index+3 of a stream, by Box and Muller in double precision.
__device__ inline void normals(unsigned long long seed, unsigned long long stream,
                               unsigned long long index, double* four) {
  constexpr double kTwoPi = 6.283185307179586;
  Words words = philox(seed, index, stream);
  for (int pair = 0; pair < 2; pair++) {
    double radius = sqrt(-2.0 * log(uniform(words.w[2 * pair])));
    double angle = kTwoPi * uniform(words.w[2 * pair + 1]);
    four[2 * pair] = radius * cos(angle);
    four[2 * pair + 1] = radius * sin(angle);
  }
}

}  // namespace lemniscate
