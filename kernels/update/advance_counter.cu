// counter = counter + 1, for a float64 scalar that counts updates.
//
// counter: one float64, updated in place.
// Writes: =. Aliases: none.
// Grid: one warp, whose first lane works. Deterministic. Twin: ReferenceUpdatePasses.advance.
#include "../common/kernel.cuh"

extern "C" __global__ void advance_counter(double* counter) {
  if (threadIdx.x == 0) {
    *counter += 1;
  }
}
LEMNISCATE_REGISTER(advance_counter)
