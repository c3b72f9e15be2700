// Instructions of tensor cores for a warp, compute capability 8.0 and newer (PTX ISA, "Warp-level matrix instructions").
//
// With g = lane / 4 and t = lane % 4, the registers of a lane hold, of
// a tf32 a (16 x 8): (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); of b (8 x 8): (t, g), (t + 4, g);
// a bf16 a (16 x 16), two neighbours along k in each: (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8); of b (16 x 8): (2t, g),
// (2t + 8, g); and of c and d (16 x 8): (g, 2t), (g, 2t + 1), (g + 8, 2t), (g + 8, 2t + 1).
#pragma once

#include "kernel.cuh"

#ifdef LEMNISCATE_HOST
#include "tensor_core_on_host.h"
#else
#include <cstdint>

namespace lemniscate {

// A float32 as a tf32, to nearest. What has not been rounded the tensor core cuts off.
__device__ inline std::uint32_t to_tf32(float x) {
  std::uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

// A float32 as a bf16, to nearest even.
__device__ inline std::uint16_t to_bf16(float x) {
  std::uint16_t bits;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(bits) : "f"(x));
  return bits;
}

// d = a b + d. All lanes of the warp take part.
__device__ inline void mma_tf32(float (&d)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

__device__ inline void mma_bf16(float (&d)[4], const std::uint32_t (&a)[4],
                                const std::uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four matrices of 8 x 8 halves from shared memory (ldmatrix.x4). Lane l names row l % 8 of matrix l / 8, 16 bytes at a multiple of 16;
// r[m] gets (g, 2t) and (g, 2t + 1) of matrix m.
__device__ inline void load_matrices(std::uint32_t (&r)[4], const void* row) {
  auto at = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(at)
               : "memory");
}

// The same of the transposed matrices: (2t, g) and (2t + 1, g).
__device__ inline void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
  auto at = static_cast<std::uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(at)
               : "memory");
}

}  // namespace lemniscate

#endif
