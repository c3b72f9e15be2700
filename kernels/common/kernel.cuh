// What every kernel includes: how entry points are declared, how elements are shared out among threads.
//
// Conventions of the parameters: every one is made of 8-byte words (pointer, long long, double, a Members of two, or a Window of
// nine), so that a launcher passes words and knows nothing of types. Factors come as double and are rounded to the element type once.
//
// An operand of an elementwise kernel is a Members: blockIdx.y picks the member of a slab, so that one launch serves all
// layers of a shape.
#pragma once

#ifdef LEMNISCATE_HOST
#include "cuda_on_host.h"
#define LEMNISCATE_UNROLL
#else
#include <cooperative_groups.h>
#define LEMNISCATE_REGISTER(name)
#define LEMNISCATE_SHARED(type, name, count) __shared__ type name[count]
#define LEMNISCATE_UNROLL _Pragma("unroll")
#define LEMNISCATE_GRID_BARRIER() cooperative_groups::this_grid().sync()
// Of as many bytes as the launch asks for; one piece a block, whatever the name.
#define LEMNISCATE_DYNAMIC_SHARED(type, name)                      \
  extern __shared__ __align__(16) unsigned char dynamic_shared[]; \
  type* name = reinterpret_cast<type*>(dynamic_shared)
#endif

// For the compiler's choice of registers: a multiprocessor has room for two blocks of kMostThreads threads at least. Without a number of
// blocks it spills for the sake of more.
#define LEMNISCATE_BOUNDS __launch_bounds__(lemniscate::kMostThreads, 2)

// Entry points name_f32 and name_f64 of a function template: PARAMETERS(T) is the list of parameters in parentheses.
#define LEMNISCATE_ENTRIES(name, PARAMETERS, arguments)                 \
  extern "C" __global__ void LEMNISCATE_BOUNDS name##_f32 PARAMETERS(float) {  \
    lemniscate::name<float> arguments;                                  \
  }                                                                     \
  LEMNISCATE_REGISTER(name##_f32)                                       \
  extern "C" __global__ void LEMNISCATE_BOUNDS name##_f64 PARAMETERS(double) { \
    lemniscate::name<double> arguments;                                 \
  }                                                                     \
  LEMNISCATE_REGISTER(name##_f64)

namespace lemniscate {

constexpr int kWarp = 32;
// Of a block of any kernel: Geometry.THREADS of the launchers.
constexpr int kMostThreads = 256;
constexpr unsigned kAllLanes = 0xFFFFFFFFu;

// A matrix, or matrices of one shape at a constant distance (in elements).
template <typename T>
struct Members {
  T* first;
  long long stride;

  __device__ T* mine() const { return first + blockIdx.y * stride; }
};

__device__ inline long long first_element() {
  return static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x;
}

__device__ inline long long elements_apart() {
  return static_cast<long long>(gridDim.x) * blockDim.x;
}

// The elements that fall to this thread.
struct Elements {
  long long first, end, apart;

  // Of n elements that the grid shares: a grid of any size covers any n, and neighbours read neighbours.
  __device__ Elements(long long n) : first(first_element()), end(n), apart(elements_apart()) {}

  // Of n elements that the warps of the grid share: all lanes of a warp get the same ones.
  __device__ static Elements of_warps(long long n) {
    Elements mine(n);
    mine.first /= kWarp;
    mine.apart /= kWarp;
    return mine;
  }

  // Of those from `begin` to before `stop`, which the warps of the block share.
  __device__ static Elements of_warps(long long begin, long long stop) {
    Elements mine(stop);
    mine.first = begin + threadIdx.x / kWarp;
    mine.apart = blockDim.x / kWarp;
    return mine;
  }

  // A single one.
  __device__ static Elements one() {
    Elements mine(1);
    mine.first = 0;
    return mine;
  }
};

// Of the elements from `begin` to before `end`, which the block shares, those that fall to this thread.
struct BlockElements {
  long long first, end, apart;

  __device__ BlockElements(long long begin, long long end)
      : first(begin + threadIdx.x), end(end), apart(blockDim.x) {}

  // Of n elements that the lanes of the warp share.
  __device__ static BlockElements of_warp(long long n) {
    BlockElements mine(0, n);
    mine.first = threadIdx.x % kWarp;
    mine.apart = kWarp;
    return mine;
  }
};

// Calls body(i) for the elements of this thread.
template <typename Body>
__device__ inline void each_element(Elements elements, Body body) {
  for (long long i = elements.first; i < elements.end; i += elements.apart) {
    body(i);
  }
}

}  // namespace lemniscate
