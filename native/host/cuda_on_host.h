// What the kernels need of CUDA, on a CPU: for tests only.
//
// One thread runs at a time, until it ends or meets a barrier, a warp operation or the end of the grid's phase; from its first
// wait on it has a stack of its own. The order in which threads of a block (and blocks of a grid) take their turn is
// shuffled from a seed, so that a missing barrier shows as another result under another seed. Shared memory is filled with
// NaN when a block begins. Global memory ends at a page that cannot be touched (see memory.cpp).
#pragma once

#include <math.h>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};

namespace host {

struct Coordinates {
  dim3 thread, block, block_size, grid_size;
};

// Of the thread that runs.
extern Coordinates here;

// Waits for all threads of the block; all must wait at the same place.
void block_barrier(const char* file, int line);
// Waits for all threads of the grid, in a cooperative launch.
void grid_barrier(const char* file, int line);
// Gives 8 bytes to the lanes of the warp and returns what `lane` gave. All 32 lanes take part.
std::uint64_t exchange(std::uint64_t value, unsigned lane);
// Gives at most kGathered bytes to the lanes of the warp and takes what all 32 gave, in their order.
void gather(const void* mine, std::size_t bytes, void* all);
constexpr std::size_t kGathered = 32;
unsigned lane();
// Waits for all lanes of the warp.
void warp_barrier();
// Shared memory of the block for one place in the source: the same address for all its threads.
void* shared(const void* place, std::size_t bytes);
// Shared memory of the block, of as many bytes as the launch asks for.
void* dynamic_shared();
// Whether bytes are of the block's shared memory.
bool is_shared(const void* address, std::size_t bytes);
// Makes the launch fail: what this thread does that a device does not define.
void refuse(const char* what);

// Begins a copy to shared memory. The target is NaN until the copy has been waited for.
void begin_copy(void* target, const void* source, std::size_t bytes);
// Copies begun so far are a group.
void end_copy_group();
// Waits for the groups of this thread but the latest so many.
void wait_for_copies(unsigned but);

// Waits for all threads of the cluster.
void cluster_barrier(const char* file, int line);
unsigned cluster_rank();
unsigned cluster_size();
// What is at `mine` of this block's shared memory in that of another block of the cluster.
void* shared_of(void* mine, unsigned rank);

template <typename T>
T shuffle(T value, unsigned from) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t), "a warp exchanges at most 8 bytes a lane");
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof(T));
  bits = exchange(bits, from);
  __builtin_memcpy(&value, &bits, sizeof(T));
  return value;
}

// A kernel that was registered by name, with its parameters as CUDA passes them: an array of their addresses.
struct Kernel {
  const char* name;
  void (*run)(const void* function, void* const* parameters);
  const void* function;
  const Kernel* next;
};

extern const Kernel* kernels;

template <typename... A, std::size_t... I>
void call(void (*function)(A...), void* const* parameters, std::index_sequence<I...>) {
  function(*static_cast<std::remove_const_t<A>*>(parameters[I])...);
}

template <typename... A>
void trampoline(const void* function, void* const* parameters) {
  call(reinterpret_cast<void (*)(A...)>(const_cast<void*>(function)), parameters,
       std::index_sequence_for<A...>{});
}

struct Registration {
  Kernel kernel;
  template <typename... A>
  Registration(const char* name, void (*function)(A...))
      : kernel{name, trampoline<A...>, reinterpret_cast<const void*>(function), kernels} {
    kernels = &kernel;
  }
};

}  // namespace host

namespace host {

// A value that is off by up to so many units in the last place as CUDA's function may be by its programming guide. How many follows from
// the value. What is exact there, too, stays.
template <typename T>
T as_on_a_device(T value, int most) {
  if (!std::isfinite(value) || value == 0 || value == 1 || value == -1) {
    return value;
  }
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  int units = static_cast<int>((bits * 0x9E3779B97F4A7C15u >> 40) % (2 * most + 1)) - most;
  for (; units != 0; units += units < 0 ? 1 : -1) {
    value = std::nextafter(value, units < 0 ? T(-INFINITY) : T(INFINITY));
  }
  return value;
}

}  // namespace host

// In the namespace of the kernels they hide those of the C library, so that a test whose bound is too narrow for a device fails here.
#define LEMNISCATE_FUNCTION(name, units)                                             \
  inline float name(float x) { return host::as_on_a_device(::name##f(x), 2); }       \
  inline double name(double x) { return host::as_on_a_device(::name(x), units); }
namespace lemniscate {
LEMNISCATE_FUNCTION(tanh, 2)
LEMNISCATE_FUNCTION(exp, 1)
LEMNISCATE_FUNCTION(expm1, 1)
LEMNISCATE_FUNCTION(log, 1)
LEMNISCATE_FUNCTION(log1p, 1)
LEMNISCATE_FUNCTION(cos, 2)
LEMNISCATE_FUNCTION(sin, 2)
inline double pow(double x, double y) { return host::as_on_a_device(::pow(x, y), 2); }
}  // namespace lemniscate
#undef LEMNISCATE_FUNCTION

#define threadIdx (host::here.thread)
#define blockIdx (host::here.block)
#define blockDim (host::here.block_size)
#define gridDim (host::here.grid_size)

#define __syncthreads() host::block_barrier(__FILE__, __LINE__)
#define __syncwarp() host::warp_barrier()
#define __shfl_down_sync(mask, value, delta) \
  host::shuffle((value), host::lane() + (delta) < 32 ? host::lane() + (delta) : host::lane())
#define __shfl_xor_sync(mask, value, bits) host::shuffle((value), host::lane() ^ (bits))
#define __shfl_sync(mask, value, from) host::shuffle((value), (from))

#define LEMNISCATE_REGISTER(name) static host::Registration name##_registration(#name, name);
#define LEMNISCATE_SHARED(type, name, count) \
  static const char name##_place = 0;        \
  type* name = static_cast<type*>(host::shared(&name##_place, sizeof(type) * (count)))
#define LEMNISCATE_DYNAMIC_SHARED(type, name) \
  type* name = static_cast<type*>(host::dynamic_shared())
#define LEMNISCATE_CLUSTER_BARRIER() host::cluster_barrier(__FILE__, __LINE__)
#define LEMNISCATE_GRID_BARRIER() host::grid_barrier(__FILE__, __LINE__)

inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<std::uint64_t>(a) * b) >> 32);
}

inline long long __double_as_longlong(double x) {
  long long bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

inline double __longlong_as_double(long long bits) {
  double x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

// One thread runs at a time: nothing comes between.
inline unsigned long long atomicMax(unsigned long long* target, unsigned long long value) {
  unsigned long long former = *target;
  *target = value > former ? value : former;
  return former;
}
