// Included before the kernels: registers, beside each kernel, how large its parameters are. CUDA knows that of a module's
// functions; without it a launch cannot be kept for later.
#pragma once

#include "cuda_on_host.h"

namespace standin {

struct Parameters {
  const char* kernel;
  const unsigned* bytes;
  unsigned count;
  const Parameters* next;
};

extern const Parameters* parameters;

template <typename... A>
struct SizesOf {
  static constexpr unsigned bytes[sizeof...(A) + 1] = {sizeof(A)..., 0};
};

struct ParameterRegistration {
  Parameters entry;
  template <typename... A>
  ParameterRegistration(const char* name, void (*)(A...))
      : entry{name, SizesOf<A...>::bytes, sizeof...(A), parameters} {
    parameters = &entry;
  }
};

}  // namespace standin

#undef LEMNISCATE_REGISTER
#define LEMNISCATE_REGISTER(name)                              \
  static host::Registration name##_registration(#name, name); \
  static standin::ParameterRegistration name##_parameters(#name, name);
