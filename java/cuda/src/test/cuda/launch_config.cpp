// Prints where the members of CUlaunchConfig and CUlaunchAttribute lie: a line for each, with the place in cuda.h (-1 without the toolkit) and
// in the stand-in's restatement.
#include <cstddef>
#include <cstdio>

#include "launch_config.h"

#if __has_include(<cuda.h>)
#include <cuda.h>
#define IN_CUDA(expression) static_cast<long>(expression)
#else
#define IN_CUDA(expression) -1L
#endif

static void line(const char *name, long in_cuda, long here) {
  std::printf("%s %ld %ld\n", name, in_cuda, here);
}

#define MEMBER(cuda, here)                            \
  line(#cuda, IN_CUDA(offsetof(CUlaunchConfig, cuda)), \
       offsetof(standin::LaunchConfig, here));

int main() {
  MEMBER(gridDimX, grid_x)
  MEMBER(gridDimY, grid_y)
  MEMBER(gridDimZ, grid_z)
  MEMBER(blockDimX, block_x)
  MEMBER(blockDimY, block_y)
  MEMBER(blockDimZ, block_z)
  MEMBER(sharedMemBytes, shared)
  MEMBER(hStream, stream)
  MEMBER(attrs, attributes)
  MEMBER(numAttrs, count)
  line("config", IN_CUDA(sizeof(CUlaunchConfig)), sizeof(standin::LaunchConfig));
  line("id", IN_CUDA(offsetof(CUlaunchAttribute, id)), offsetof(standin::LaunchAttribute, id));
  line("x", IN_CUDA(offsetof(CUlaunchAttribute, value.clusterDim.x)),
       offsetof(standin::LaunchAttribute, value.cluster.x));
  line("y", IN_CUDA(offsetof(CUlaunchAttribute, value.clusterDim.y)),
       offsetof(standin::LaunchAttribute, value.cluster.y));
  line("z", IN_CUDA(offsetof(CUlaunchAttribute, value.clusterDim.z)),
       offsetof(standin::LaunchAttribute, value.cluster.z));
  line("cooperative", IN_CUDA(offsetof(CUlaunchAttribute, value.cooperative)),
       offsetof(standin::LaunchAttribute, value.cooperative));
  line("attribute", IN_CUDA(sizeof(CUlaunchAttribute)), sizeof(standin::LaunchAttribute));
  line("COOPERATIVE", IN_CUDA(CU_LAUNCH_ATTRIBUTE_COOPERATIVE), standin::kCooperative);
  line("CLUSTER_DIMENSION", IN_CUDA(CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION),
       standin::kClusterDimension);
}
