// Elementwise loops that move 16 bytes at a time: packs of 4 float32 or 2 float64. A loop names its operands as Reads, Writes and
// Updates and gives a body that gets an element of each, in order. Packs of a turn are all loaded before any is stored: several
// requests are under way, and operands that are the same view are allowed. Which thread has which element does not depend on where
// the operands lie; those that lie apart from 16 bytes are moved element by element.
#pragma once

#include "kernel.cuh"

namespace lemniscate {

constexpr int kPackBytes = 16;

template <typename T>
struct alignas(kPackBytes) Pack {
  static constexpr int kSize = kPackBytes / sizeof(T);
  T at[kSize];
};

template <typename T>
__device__ inline bool starts_pack(const T* address) {
  return reinterpret_cast<unsigned long long>(address) % kPackBytes == 0;
}

template <typename T>
__device__ __forceinline__ Pack<T> load_pack(const T* from, bool whole) {
  Pack<T> pack;
  if (whole) {
    pack = *reinterpret_cast<const Pack<T>*>(from);
  } else {
    LEMNISCATE_UNROLL
    for (int j = 0; j < Pack<T>::kSize; j++) {
      pack.at[j] = from[j];
    }
  }
  return pack;
}

template <typename T>
__device__ __forceinline__ void store_pack(const Pack<T>& pack, T* to, bool whole) {
  if (whole) {
    *reinterpret_cast<Pack<T>*>(to) = pack;
  } else {
    LEMNISCATE_UNROLL
    for (int j = 0; j < Pack<T>::kSize; j++) {
      to[j] = pack.at[j];
    }
  }
}

// Packs of an operand that are held at a time: kCount of them, `apart` elements from each other.
template <typename T, int kCount, bool kLoads, bool kStores>
struct Held {
  T* first;
  Pack<T> packs[kCount];

  __device__ Held(T* operand, long long apart, bool whole) : first(operand) {
    if (kLoads) {
      LEMNISCATE_UNROLL
      for (int k = 0; k < kCount; k++) {
        packs[k] = load_pack(operand + k * apart, whole);
      }
    }
  }

  __device__ void store(long long apart, bool whole) const {
    if (kStores) {
      LEMNISCATE_UNROLL
      for (int k = 0; k < kCount; k++) {
        store_pack(packs[k], first + k * apart, whole);
      }
    }
  }
};

// Operands of a loop.
template <typename T, bool kLoads, bool kStores>
struct Operand {
  T* first;

  template <int kCount>
  __device__ Held<T, kCount, kLoads, kStores> hold(long long i, long long apart, bool whole) const {
    return Held<T, kCount, kLoads, kStores>(first + i, apart, whole);
  }
};

template <typename T>
__device__ inline Operand<T, true, false> reads(const T* operand) {
  // Never stored to.
  return {const_cast<T*>(operand)};
}

template <typename T>
__device__ inline Operand<T, false, true> writes(T* operand) {
  return {operand};
}

template <typename T>
__device__ inline Operand<T, true, true> updates(T* operand) {
  return {operand};
}

template <typename T, int kCount, typename Body, typename... Held>
__device__ __forceinline__ void on_held(Body& body, long long apart, bool whole, Held... held) {
  LEMNISCATE_UNROLL
  for (int k = 0; k < kCount; k++) {
    LEMNISCATE_UNROLL
    for (int j = 0; j < Pack<T>::kSize; j++) {
      body(held.packs[k].at[j]...);
    }
  }
  (held.store(apart, whole), ...);
}

// Calls body with an element of each operand, for the elements of this thread; kAtOnce packs of each operand are under way.
template <typename T, int kAtOnce, typename Body, typename... Operands>
__device__ __forceinline__ void each_pack(Elements elements, Body body, Operands... operands) {
  constexpr int kSize = Pack<T>::kSize;
  bool whole = (starts_pack(operands.first) && ...);
  long long packs = elements.end / kSize;
  long long apart = elements.apart;
  long long p = elements.first;
  if (kAtOnce > 1) {
    for (; p + (kAtOnce - 1) * apart < packs; p += kAtOnce * apart) {
      on_held<T, kAtOnce>(body, apart * kSize, whole,
                          operands.template hold<kAtOnce>(p * kSize, apart * kSize, whole)...);
    }
  }
  for (; p < packs; p += apart) {
    on_held<T, 1>(body, 0, whole, operands.template hold<1>(p * kSize, 0, whole)...);
  }
  for (long long i = elements.first + packs * kSize; i < elements.end; i += apart) {
    body(operands.first[i]...);
  }
}

// Element by element, where a program of many loops would not keep packs of all in registers.
template <typename T, int kAtOnce, typename Body, typename... Operands>
__device__ __forceinline__ void each_pack(BlockElements elements, Body body, Operands... operands) {
  for (long long i = elements.first; i < elements.end; i += elements.apart) {
    body(operands.first[i]...);
  }
}

// Number of a column as elements go by, with a division a thread and none an element.
class Column {
 public:
  __device__ Column(long long width, long long first, long long apart)
      : width_(width), at_(first % width), step_(apart % width) {}

  __device__ long long at() const { return at_; }

  __device__ void advance() {
    at_ += step_;
    at_ -= at_ >= width_ ? width_ : 0;
  }

 private:
  long long width_, at_, step_;
};

// As each_pack, for whole rows of `width` elements, where all rows share one that is read: body gets its element first.
template <typename T, typename Body, typename... Operands>
__device__ __forceinline__ void each_row_pack(Elements elements, long long width, const T* row,
                                              Body body, Operands... operands) {
  constexpr int kSize = Pack<T>::kSize;
  if (width % kSize == 0 && starts_pack(row) && (starts_pack(operands.first) && ...)) {
    Column column(width / kSize, elements.first, elements.apart);
    for (long long p = elements.first; p < elements.end / kSize; p += elements.apart) {
      on_held<T, 1>(body, 0, true, reads(row).template hold<1>(column.at() * kSize, 0, true),
                    operands.template hold<1>(p * kSize, 0, true)...);
      column.advance();
    }
    return;
  }
  Column column(width, elements.first, elements.apart);
  for (long long i = elements.first; i < elements.end; i += elements.apart) {
    body(row[column.at()], operands.first[i]...);
    column.advance();
  }
}

template <typename T, typename Body, typename... Operands>
__device__ __forceinline__ void each_row_pack(BlockElements elements, long long width, const T* row,
                                              Body body, Operands... operands) {
  Column column(width, elements.first, elements.apart);
  for (long long i = elements.first; i < elements.end; i += elements.apart) {
    body(row[column.at()], operands.first[i]...);
    column.advance();
  }
}

}  // namespace lemniscate
