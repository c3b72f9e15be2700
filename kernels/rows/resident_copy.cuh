// Copies of rows and matrices to a block's shared memory.
#pragma once

#include "../common/async_copy.cuh"
#include "resident_product.cuh"

namespace lemniscate {

// Calls body(from, bytes) for the pieces of `elements` neighbours that fall to this lane: 16 bytes where both addresses allow it, or an
// element.
template <typename T, typename Body>
__device__ void each_piece(const T* source, const T* target, long long elements, int lane,
                           int lanes, Body body) {
  constexpr int kAtOnce = 16 / sizeof(T);
  bool aligned = (reinterpret_cast<unsigned long long>(source) |
                  reinterpret_cast<unsigned long long>(target)) %
                     16 ==
                 0;
  long long wide = aligned ? elements / kAtOnce : 0;
  for (long long e = lane; e < wide; e += lanes) {
    body(e * kAtOnce, true);
  }
  for (long long e = wide * kAtOnce + lane; e < elements; e += lanes) {
    body(e, false);
  }
}

template <typename T>
__device__ void begin_copies(const T* source, T* target, long long elements, int lane, int lanes) {
  each_piece(source, target, elements, lane, lanes, [&](long long e, bool wide) {
    if (wide) {
      copy_async<16>(target + e, source + e);
    } else {
      copy_async<sizeof(T)>(target + e, source + e);
    }
  });
}

// Brings a matrix of (height, width) elements, whose rows are `apart` elements from each other, to rows `pitch` apart, each row by a warp,
// with zeros around it. What is not converted on the way arrives later.
template <typename Arithmetic>
__device__ void keep(const typename Arithmetic::Value* source, long long apart,
                     typename Arithmetic::Element* target, int height, int width, int pitch) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  int lane = threadIdx.x % kWarp;
  for (int r = threadIdx.x / kWarp; r < filled(height); r += kResidentWarps) {
    Element* row = target + r * pitch;
    int there = r < height ? width : 0;
    const T* from = source + r * apart;
    if constexpr (sizeof(Element) == sizeof(T)) {
      begin_copies(from, reinterpret_cast<T*>(row), there, lane, kWarp);
    } else {
      for (int l = lane; l < there; l += kWarp) {
        row[l] = Arithmetic::element(from[l]);
      }
    }
    for (int l = there + lane; l < filled(width); l += kWarp) {
      row[l] = Element(0);
    }
  }
  end_copies();
}

// Converts what has arrived of such a matrix, where it lies; every thread what it has brought itself.
template <typename Arithmetic>
__device__ void arrive(const typename Arithmetic::Value* source, long long apart,
                       typename Arithmetic::Element* target, int height, int width, int pitch) {
  using T = typename Arithmetic::Value;
  using Element = typename Arithmetic::Element;
  wait_for_copies<0>();
  if constexpr (sizeof(Element) == sizeof(T) && !std::is_same<Element, T>::value) {
    for (int r = threadIdx.x / kWarp; r < height; r += kResidentWarps) {
      T* row = reinterpret_cast<T*>(target + r * pitch);
      each_piece(source + r * apart, row, width, threadIdx.x % kWarp, kWarp,
                 [&](long long e, bool wide) {
                   for (int i = 0; i < (wide ? 16 / static_cast<int>(sizeof(T)) : 1); i++) {
                     reinterpret_cast<Element*>(row)[e + i] = Arithmetic::element(row[e + i]);
                   }
                 });
    }
  }
}

}  // namespace lemniscate
