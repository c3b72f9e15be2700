// Who works on a row: a warp, or the whole block where rows are long.
#pragma once

#include "../common/sums.cuh"

namespace lemniscate {

class RowTeam {
 public:
  // block: whether a row has all threads of a block. The same for the whole grid.
  explicit __device__ RowTeam(bool block)
      : block_(block), lanes_(block ? blockDim.x : kWarp), lane_(threadIdx.x % lanes_) {}

  // Calls body(row) for the rows that fall to this team.
  template <typename Body>
  __device__ void each_row(long long rows, Body body) const {
    long long apart = elements_apart() / lanes_;
    for (long long row = first_element() / lanes_; row < rows; row += apart) {
      body(row);
    }
  }

  // The sum of value(j) for j below the width, in float64, in every thread of the team. The order follows from the width.
  template <typename Value>
  __device__ double sum(long long width, Value value) const {
    double mine = 0;
    each(width, [&](long long j) { mine += value(j); });
    return block_ ? block_total(mine) : warp_sum(mine);
  }

  // Calls body(j) for those below the width that fall to this thread.
  template <typename Body>
  __device__ void each(long long width, Body body) const {
    for (long long j = lane_; j < width; j += lanes_) {
      body(j);
    }
  }

  // Whether this thread writes what there is one of in a row.
  __device__ bool writes() const { return lane_ == 0; }

 private:
  bool block_;
  long long lanes_, lane_;
};

}  // namespace lemniscate
