// CUlaunchConfig and CUlaunchAttribute of cuda.h, restated, so that the stand-in builds without the toolkit; ForeignDriverTest compares
// both with cuda.h where there is one.
#pragma once

namespace standin {

enum LaunchAttributeId { kCooperative = 2, kClusterDimension = 4 };

struct LaunchAttribute {
  int id;
  char pad[8 - sizeof(int)];
  union {
    char pad[64];
    int cooperative;
    struct {
      unsigned x, y, z;
    } cluster;
  } value;
};

struct LaunchConfig {
  unsigned grid_x, grid_y, grid_z;
  unsigned block_x, block_y, block_z;
  unsigned shared;
  void* stream;
  LaunchAttribute* attributes;
  unsigned count;
};

}  // namespace standin
