// Kernels around single instructions, some of them wrong on purpose, for
// TensorCoreTest.
#include "../../../../../kernels/common/async_copy.cuh"
#include "../../../../../kernels/common/cluster.cuh"
#include "../../../../../kernels/common/tensor_core.cuh"

// Registers of the lanes as the test has made them: a (32, 4), b (32, 2), c and
// d (32, 4).
extern "C" __global__ void registers_tf32(const std::uint32_t *a,
                                          const std::uint32_t *b,
                                          const float *c, float *d) {
  unsigned l = threadIdx.x;
  std::uint32_t left[4] = {a[4 * l], a[4 * l + 1], a[4 * l + 2], a[4 * l + 3]};
  std::uint32_t right[2] = {b[2 * l], b[2 * l + 1]};
  float sum[4] = {c[4 * l], c[4 * l + 1], c[4 * l + 2], c[4 * l + 3]};
  lemniscate::mma_tf32(sum, left, right);
  for (int i = 0; i < 4; i++) {
    d[4 * l + i] = sum[i];
  }
}
LEMNISCATE_REGISTER(registers_tf32)

extern "C" __global__ void registers_bf16(const std::uint32_t *a,
                                          const std::uint32_t *b,
                                          const float *c, float *d) {
  unsigned l = threadIdx.x;
  std::uint32_t left[4] = {a[4 * l], a[4 * l + 1], a[4 * l + 2], a[4 * l + 3]};
  std::uint32_t right[2] = {b[2 * l], b[2 * l + 1]};
  float sum[4] = {c[4 * l], c[4 * l + 1], c[4 * l + 2], c[4 * l + 3]};
  lemniscate::mma_bf16(sum, left, right);
  for (int i = 0; i < 4; i++) {
    d[4 * l + i] = sum[i];
  }
}
LEMNISCATE_REGISTER(registers_bf16)

// How x rounds. rounded: (n, 2) bits, as tf32 and as bf16.
extern "C" __global__ void rounded(const float *x, std::uint32_t *bits) {
  unsigned l = threadIdx.x;
  bits[2 * l] = lemniscate::to_tf32(x[l]);
  bits[2 * l + 1] = lemniscate::to_bf16(x[l]);
}
LEMNISCATE_REGISTER(rounded)

// A weight of 16 x 16 halves in shared memory serves both directions: y = s w^T
// and z = s w for 16 rows s. wrong: 0, or which mistake is made.
extern "C" __global__ void both_directions(const std::uint16_t *w,
                                           const std::uint16_t *s, float *y,
                                           float *z, long long wrong) {
  constexpr int kPitch = 24;
  LEMNISCATE_DYNAMIC_SHARED(std::uint16_t, weight);
  std::uint16_t *rows = weight + 16 * kPitch;
  int lane = threadIdx.x;
  for (int e = lane; e < 256; e += 32) {
    weight[e / 16 * kPitch + e % 16] = w[e];
    rows[e / 16 * kPitch + e % 16] = s[e];
  }
  __syncthreads();
  std::uint32_t a[4], b[4];
  lemniscate::load_matrices(a, &rows[lane % 16 * kPitch + lane / 16 * 8]);
  if (wrong == 1) {
    // The fragment's second and third registers.
    std::uint32_t second = a[1];
    a[1] = a[2];
    a[2] = second;
  }
  const std::uint16_t *at =
      &weight[(lane % 8 + lane / 16 * 8) * kPitch + lane / 8 % 2 * 8];
  if (wrong == 2) {
    at += 1;
  }
  if (wrong == 3) {
    at = w + lane % 16 * 8;
  }
  lemniscate::load_matrices(b, at);
  std::uint32_t t[4];
  const std::uint16_t *turned = &weight[lane % 16 * kPitch + lane / 16 * 8];
  if (wrong == 4) {
    lemniscate::load_matrices(t, turned);
  } else {
    lemniscate::load_matrices_transposed(t, turned);
  }
  for (int j = 0; j < 2; j++) {
    float forward[4] = {}, back[4] = {};
    lemniscate::mma_bf16(forward, a, {b[2 * j], b[2 * j + 1]});
    lemniscate::mma_bf16(back, a, {t[2 * j], t[2 * j + 1]});
    for (int i = 0; i < 4; i++) {
      int e = (lane / 4 + i / 2 * 8) * 16 + j * 8 + lane % 4 * 2 + i % 2;
      y[e] = forward[i];
      z[e] = back[i];
    }
  }
}
LEMNISCATE_REGISTER(both_directions)

// y = x for 64 threads of 16 bytes each, in two groups of copies. wrong: 0; 1
// waits for the first group only, 2 for none, 3 lacks the barrier.
extern "C" __global__ void copied(const float *x, float *y, long long wrong) {
  LEMNISCATE_DYNAMIC_SHARED(float, tile);
  int e = threadIdx.x * 4;
  lemniscate::copy_async<8>(tile + e, x + e);
  lemniscate::end_copies();
  lemniscate::copy_async<4>(tile + e + 2, x + e + 2);
  lemniscate::copy_async<4>(tile + e + 3, x + e + 3);
  lemniscate::end_copies();
  if (wrong == 1) {
    lemniscate::wait_for_copies<1>();
  } else if (wrong != 2) {
    lemniscate::wait_for_copies<0>();
  }
  if (wrong != 3) {
    __syncthreads();
  }
  // Another thread's.
  int other = 252 - e;
  for (int i = 0; i < 4; i++) {
    y[other + i] = tile[other + i];
  }
  if (wrong == 1) {
    lemniscate::wait_for_copies<0>();
  }
}
LEMNISCATE_REGISTER(copied)

// Copies 16 bytes from where that is no multiple.
extern "C" __global__ void copied_askew(const float *x, float *y) {
  LEMNISCATE_DYNAMIC_SHARED(float, tile);
  lemniscate::copy_async<16>(tile + 4 * threadIdx.x, x + 4 * threadIdx.x + 1);
  lemniscate::end_copies();
  lemniscate::wait_for_copies<0>();
  y[threadIdx.x] = tile[4 * threadIdx.x];
}
LEMNISCATE_REGISTER(copied_askew)

// y = the last of so many floats of dynamic shared memory.
extern "C" __global__ void dynamic_last(float *y, long long count) {
  LEMNISCATE_DYNAMIC_SHARED(float, room);
  room[count - 1 - threadIdx.x] = static_cast<float>(threadIdx.x);
  __syncthreads();
  y[threadIdx.x] = room[count - 1 - threadIdx.x];
}
LEMNISCATE_REGISTER(dynamic_last)

// Half of a warp comes to another warp operation.
extern "C" __global__ void different_operations(float *x) {
  if (threadIdx.x % 2 == 0) {
    x[threadIdx.x] = __shfl_xor_sync(0xFFFFFFFFu, x[threadIdx.x], 2);
  } else {
    float d[4] = {};
    lemniscate::mma_tf32(d, {0, 0, 0, 0}, {0, 0});
    x[threadIdx.x] = d[0];
  }
}
LEMNISCATE_REGISTER(different_operations)

// y[block] = the sum of x over its cluster, each block's part by way of its
// shared memory. wrong: 0; 1 lacks the barrier before, 2 the one after, 3 asks
// for a block too many.
extern "C" __global__ void cluster_sum(const float *x, float *y,
                                       long long wrong) {
  LEMNISCATE_SHARED(float, part, 1);
  if (threadIdx.x == 0) {
    part[0] = x[blockIdx.x];
  }
  if (wrong != 1) {
    LEMNISCATE_CLUSTER_BARRIER();
  }
  if (threadIdx.x == 0) {
    float sum = 0;
    for (unsigned i = 0; i < lemniscate::cluster_blocks(); i++) {
      sum += *lemniscate::shared_of(part, wrong == 3 ? i + 1 : i);
    }
    y[blockIdx.x] = sum + 0 * static_cast<float>(lemniscate::cluster_rank());
  }
  if (wrong != 2) {
    LEMNISCATE_CLUSTER_BARRIER();
  }
}
LEMNISCATE_REGISTER(cluster_sum)
