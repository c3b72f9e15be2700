// Copies from global to shared memory that pass no register (cp.async, compute capability 8.0 and newer). A thread sees what it has
// copied after it has waited, other threads of the block after a barrier behind that.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

#ifdef LEMNISCATE_HOST

template <int kBytes>
inline void copy_async(void* target, const void* source) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16, "the sizes of cp.async");
  host::begin_copy(target, source, kBytes);
}

inline void end_copies() { host::end_copy_group(); }

template <int kBut>
inline void wait_for_copies() {
  host::wait_for_copies(kBut);
}

#else

// Begins a copy; both addresses are multiples of kBytes.
template <int kBytes>
__device__ inline void copy_async(void* target, const void* source) {
  static_assert(kBytes == 4 || kBytes == 8 || kBytes == 16, "the sizes of cp.async");
  auto at = static_cast<unsigned>(__cvta_generic_to_shared(target));
  if constexpr (kBytes == 16) {
    // What a block keeps has no use for the first-level cache.
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(at), "l"(source) : "memory");
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2;" ::"r"(at), "l"(source), "n"(kBytes)
                 : "memory");
  }
}

// The copies that this thread has begun since it last called this are a group.
__device__ inline void end_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

// Waits for the groups of this thread but the latest kBut.
template <int kBut>
__device__ inline void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kBut) : "memory");
}

#endif

}  // namespace lemniscate
