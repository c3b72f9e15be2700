// The nonlinearities: value, derivative and cancellation-free difference, as lemniscate.backend.Activation defines them. The
// numbers are the ordinals of that enum.
#pragma once

#include "packs.cuh"

namespace lemniscate {

enum ActivationNumber { kLinear, kTanh, kRelu, kLeakyRelu, kGelu, kSilu, kSigmoid };

template <typename T>
struct Linear {
  static __device__ T value(T u) { return u; }
  static __device__ T derivative(T, T) { return T(1); }
  static __device__ T difference(T, T, T z) { return z; }
};

template <typename T>
struct Tanh {
  static __device__ T value(T u) { return tanh(u); }
  // From h = tanh(u).
  static __device__ T derivative(T, T h) { return (T(1) - h) * (T(1) + h); }
  // tanh(u+z) - tanh(u) = tanh z (1 - tanh u tanh(u+z)).
  static __device__ T difference(T u, T h, T z) { return tanh(z) * (T(1) - h * tanh(u + z)); }
};

// max(u, 0) with slope 0 for negative arguments, or the leak.
template <typename T>
struct PiecewiseLinear {
  static __device__ T difference(T slope, T u, T z) {
    bool before = u > T(0);
    bool after = u + z > T(0);
    if (before == after) {
      return before ? z : slope * z;
    }
    return after ? (u + z) - slope * u : slope * (u + z) - u;
  }
};

template <typename T>
struct Relu {
  // NaN stays NaN, as in Java's Math.max.
  static __device__ T value(T u) { return u <= T(0) ? T(0) : u; }
  static __device__ T derivative(T u, T) { return u > T(0) ? T(1) : T(0); }
  static __device__ T difference(T u, T, T z) { return PiecewiseLinear<T>::difference(T(0), u, z); }
};

template <typename T>
struct LeakyRelu {
  static constexpr double kLeak = 0.01;
  static __device__ T value(T u) { return u > T(0) ? u : T(kLeak) * u; }
  static __device__ T derivative(T u, T) { return u > T(0) ? T(1) : T(kLeak); }
  static __device__ T difference(T u, T, T z) {
    return PiecewiseLinear<T>::difference(T(kLeak), u, z);
  }
};

template <typename T>
struct Gelu {
  static constexpr double kScale = 0.7978845608028654;
  static constexpr double kCubic = 0.044715;
  static __device__ T argument(T u) { return T(kScale) * (u + T(kCubic) * u * u * u); }
  static __device__ T value(T u) { return T(0.5) * u * (T(1) + tanh(argument(u))); }
  static __device__ T derivative(T u, T) {
    T t = tanh(argument(u));
    T slope = T(kScale) * (T(1) + T(3 * kCubic) * u * u);
    return T(0.5) * (T(1) + t) + T(0.5) * u * (T(1) - t) * (T(1) + t) * slope;
  }
  // With g = (1 + tanh p)/2: (u+z) g(u+z) - u g(u) = z g(u+z) + u (g(u+z) - g(u)).
  static __device__ T difference(T u, T, T z) {
    T p = argument(u);
    T dp = T(kScale) * z * (T(1) + T(kCubic) * (T(3) * u * u + T(3) * u * z + z * z));
    T before = tanh(p);
    T after = tanh(p + dp);
    return z * T(0.5) * (T(1) + after) + u * T(0.5) * tanh(dp) * (T(1) - before * after);
  }
};

template <typename T>
struct Sigmoid {
  static __device__ T value(T u) { return T(0.5) * (T(1) + tanh(T(0.5) * u)); }
  static __device__ T derivative(T, T h) { return h * (T(1) - h); }
  // Half of tanh's difference at half the arguments.
  static __device__ T difference(T u, T, T z) {
    T half = T(0.5) * u;
    T shift = T(0.5) * z;
    return T(0.5) * tanh(shift) * (T(1) - tanh(half) * tanh(half + shift));
  }
};

template <typename T>
struct Silu {
  static __device__ T value(T u) { return u * Sigmoid<T>::value(u); }
  static __device__ T derivative(T u, T) {
    T s = Sigmoid<T>::value(u);
    return s + u * s * (T(1) - s);
  }
  static __device__ T difference(T u, T, T z) {
    return z * Sigmoid<T>::value(u + z) + u * Sigmoid<T>::difference(u, T(0), z);
  }
};

// Calls body with the functions of an activation. The branch is the same for all threads.
template <typename T, typename Body>
__device__ inline void with_activation(long long number, Body body) {
  switch (number) {
    case kLinear: body(Linear<T>{}); break;
    case kTanh: body(Tanh<T>{}); break;
    case kRelu: body(Relu<T>{}); break;
    case kLeakyRelu: body(LeakyRelu<T>{}); break;
    case kGelu: body(Gelu<T>{}); break;
    case kSilu: body(Silu<T>{}); break;
    case kSigmoid: body(Sigmoid<T>{}); break;
  }
}

}  // namespace lemniscate
