// A window that slides over images, as lemniscate.backend.Window: place (p, q) sees the pixels (stride p + i - padding,
// stride q + j - padding). An image is a row of (rows, columns, channels), the channels innermost, so that neighbouring threads
// touch neighbouring channels.
#pragma once

#include "../common/kernel.cuh"

namespace lemniscate {

// A parameter of nine words. All products of them are below 2^31; times a batch they need not be.
struct Window {
  long long rows, columns, channels;           // of the image
  long long height, width, stride, padding;    // of the window
  long long down, across;                      // number of places

  __device__ long long image() const { return rows * columns * channels; }
  __device__ long long places() const { return down * across; }
  __device__ long long pixels() const { return height * width; }
  __device__ long long patch() const { return pixels() * channels; }
  __device__ long long pooled() const { return places() * channels; }
};

// n = whole * divisor + rest.
struct Split {
  unsigned whole, rest;
};

// Division of many numbers by one, all below 2^31, by a multiplication (Granlund and Montgomery, PLDI 1994).
class Divisor {
 public:
  explicit __device__ Divisor(long long number) : by_(static_cast<unsigned>(number)) {
    while ((1ull << shift_) < by_) {
      shift_++;
    }
    multiplier_ = static_cast<unsigned>(((1ull << 32) * ((1ull << shift_) - by_)) / by_ + 1);
  }

  __device__ Split split(long long number) const {
    unsigned n = static_cast<unsigned>(number);
    unsigned whole = (__umulhi(multiplier_, n) + n) >> shift_;
    return {whole, n - whole * by_};
  }

 private:
  unsigned by_, multiplier_, shift_ = 0;
};

// Calls body(row, column) for the elements of a (count, width) matrix that fall to this thread, those of each_element, with a
// division a thread and none an element. A row has less than 2^31 elements.
template <typename Body>
__device__ inline void each_cell(long long count, long long width, Body body) {
  long long row = first_element() / width, column = first_element() % width;
  long long rows_apart = elements_apart() / width, columns_apart = elements_apart() % width;
  while (row < count) {
    body(row, column);
    row += rows_apart;
    column += columns_apart;
    if (column >= width) {
      column -= width;
      row++;
    }
  }
}

// Calls body(first, at) for the elements of a (batch, places * channels) matrix that fall to this thread: the element is
// number `at`, and the first pixel that its place sees is number `first` of the images, in the same channel. For windows without
// padding.
template <typename Body>
__device__ inline void each_place(const Window& window, long long batch, Body body) {
  Divisor channels(window.channels), across(window.across);
  each_cell(batch, window.pooled(), [&](long long example, long long column) {
    Split value = channels.split(column);
    Split place = across.split(value.whole);
    long long y = place.whole * window.stride, x = place.rest * window.stride;
    long long first = ((example * window.rows + y) * window.columns + x) * window.channels;
    body(first + value.rest, example * window.pooled() + column);
  });
}

// Calls body(slot, element) for what a window sees of a channel, in the order of (i, j).
template <typename Body>
__device__ inline void each_pixel(const Window& window, long long first, Body body) {
  long long slot = 0;
  for (long long i = 0; i < window.height; i++) {
    long long element = first + i * window.columns * window.channels;
    for (long long j = 0; j < window.width; j++) {
      body(slot++, element);
      element += window.channels;
    }
  }
}

// The places, in one direction, that see a pixel: from `first` to `last`.
struct Places {
  long long first, last;

  // at: of the pixel, padding counted in. extent: of the window. count: number of places.
  __device__ Places(const Divisor& stride, long long at, long long extent, long long count) {
    first = at < extent ? 0 : stride.split(at - extent).whole + 1ll;
    last = stride.split(at).whole;
    last = last < count ? last : count - 1;
  }
};

// image[b, y, x, c] = factor * the sum of value(example, place, slot, channel) over the places that see the pixel, in their order:
// slot is i * width + j of the pixel there. A gather, so that no two threads write the same.
template <typename T, typename Value>
__device__ inline void gather(const Window& window, long long batch, double factor, T* image,
                              Value value) {
  Divisor channels(window.channels), columns(window.columns), stride(window.stride);
  each_cell(batch, window.image(), [&](long long example, long long column) {
    Split at = channels.split(column);
    Split pixel = columns.split(at.whole);
    long long y = pixel.whole + window.padding, x = pixel.rest + window.padding;
    Places above(stride, y, window.height, window.down);
    Places beside(stride, x, window.width, window.across);
    double sum = 0;
    for (long long p = above.first; p <= above.last; p++) {
      for (long long q = beside.first; q <= beside.last; q++) {
        long long slot = (y - p * window.stride) * window.width + (x - q * window.stride);
        sum += value(example, p * window.across + q, slot, at.rest);
      }
    }
    image[example * window.image() + column] = static_cast<T>(factor * sum);
  });
}

}  // namespace lemniscate
