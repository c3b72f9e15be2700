// Kernels with the mistakes that the host execution must notice, and some
// without, to compare with.
#include "../../../../../kernels/common/kernel.cuh"

// The order in which threads begin. order: gridDim.x blockDim.x whole numbers.
// turn: one whole number, 0 before.
extern "C" __global__ void thread_order(long long *order, long long *turn) {
  order[(*turn)++] = lemniscate::first_element();
}
LEMNISCATE_REGISTER(thread_order)

// x: n elements; touches element n.
extern "C" __global__ void one_too_many(float *x, long long n) {
  for (long long i = lemniscate::first_element(); i <= n;
       i += lemniscate::elements_apart()) {
    x[i] = 1;
  }
}
LEMNISCATE_REGISTER(one_too_many)

// x: reads the element before the first.
extern "C" __global__ void one_too_early(float *x) { x[0] = x[-1]; }
LEMNISCATE_REGISTER(one_too_early)

// y = x reversed, through shared memory, for one block. Right with the barrier.
__device__ inline void reverse(const float *x, float *y, bool barrier) {
  LEMNISCATE_SHARED(float, tile, 64);
  tile[threadIdx.x] = x[threadIdx.x];
  if (barrier) {
    __syncthreads();
  }
  y[threadIdx.x] = tile[blockDim.x - 1 - threadIdx.x];
}
extern "C" __global__ void reverse_with_barrier(const float *x, float *y) {
  reverse(x, y, true);
}
LEMNISCATE_REGISTER(reverse_with_barrier)
extern "C" __global__ void reverse_without_barrier(const float *x, float *y) {
  reverse(x, y, false);
}
LEMNISCATE_REGISTER(reverse_without_barrier)

// y = sum of x over a block, in one word that all threads add to without a
// barrier before it is read.
extern "C" __global__ void sum_without_barrier(const double *x, double *y) {
  LEMNISCATE_SHARED(double, sum, 1);
  if (threadIdx.x == 0) {
    sum[0] = 0;
  }
  __syncthreads();
  sum[0] += x[threadIdx.x];
  if (threadIdx.x == 0) {
    *y = sum[0];
  }
}
LEMNISCATE_REGISTER(sum_without_barrier)

// Half of the block goes another way.
extern "C" __global__ void barrier_of_some() {
  if (threadIdx.x < 32) {
    __syncthreads();
  }
}
LEMNISCATE_REGISTER(barrier_of_some)

extern "C" __global__ void two_barriers() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
LEMNISCATE_REGISTER(two_barriers)

// The first lane stays away.
extern "C" __global__ void warp_of_some(float *x) {
  if (threadIdx.x > 0) {
    x[threadIdx.x] = __shfl_xor_sync(lemniscate::kAllLanes, x[threadIdx.x], 1);
  }
}
LEMNISCATE_REGISTER(warp_of_some)

extern "C" __global__ void shared_overrun(float *x) {
  LEMNISCATE_SHARED(float, tile, 31);
  tile[threadIdx.x] = 1;
  __syncthreads();
  x[threadIdx.x] = tile[0];
}
LEMNISCATE_REGISTER(shared_overrun)

extern "C" __global__ void too_much_shared(double *x) {
  LEMNISCATE_SHARED(double, tile, 8192);
  tile[threadIdx.x] = 1;
  x[threadIdx.x] = tile[threadIdx.x];
}
LEMNISCATE_REGISTER(too_much_shared)

// y = x reversed over the whole grid, in place of which `middle` is written in
// between. Right with the barrier.
extern "C" __global__ void reverse_grid(const float *x, float *middle,
                                        float *y) {
  long long i = lemniscate::first_element();
  middle[i] = x[i];
  LEMNISCATE_GRID_BARRIER();
  y[i] = middle[lemniscate::elements_apart() - 1 - i];
}
LEMNISCATE_REGISTER(reverse_grid)
