// Blocks of a cluster and what they see of each other's shared memory (compute capability 9.0 and newer; elsewhere a cluster is one
// block). A block must not end before the others have done with its memory: a barrier of the cluster comes last.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

#ifdef LEMNISCATE_HOST

inline unsigned cluster_rank() { return host::cluster_rank(); }
inline unsigned cluster_blocks() { return host::cluster_size(); }

template <typename T>
inline T* shared_of(T* mine, unsigned rank) {
  return static_cast<T*>(host::shared_of(mine, rank));
}

#else

// Number of this block within its cluster.
__device__ inline unsigned cluster_rank() {
#if __CUDA_ARCH__ >= 900
  unsigned rank;
  asm("mov.u32 %0, %%cluster_ctarank;" : "=r"(rank));
  return rank;
#else
  return 0;
#endif
}

__device__ inline unsigned cluster_blocks() {
#if __CUDA_ARCH__ >= 900
  unsigned count;
  asm("mov.u32 %0, %%cluster_nctarank;" : "=r"(count));
  return count;
#else
  return 1;
#endif
}

// What lies at `mine` of this block's shared memory in that of block `rank` of the cluster.
template <typename T>
__device__ inline T* shared_of(T* mine, [[maybe_unused]] unsigned rank) {
#if __CUDA_ARCH__ >= 900
  T* theirs;
  asm("mapa.u64 %0, %1, %2;" : "=l"(theirs) : "l"(mine), "r"(rank));
  return theirs;
#else
  return mine;
#endif
}

// Waits for all threads of the cluster; what they wrote before is seen after.
__device__ inline void cluster_barrier() {
#if __CUDA_ARCH__ >= 900
  asm volatile("barrier.cluster.arrive.release.aligned;\n\tbarrier.cluster.wait.acquire.aligned;" ::
                   : "memory");
#else
  __syncthreads();
#endif
}

#define LEMNISCATE_CLUSTER_BARRIER() lemniscate::cluster_barrier()

#endif

}  // namespace lemniscate
