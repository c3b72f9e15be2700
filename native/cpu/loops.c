// Loops over elements.
#include "vec.h"

#include <stdint.h>

EXPORT void NAME(fill)(double value, real *x, int64_t n);

// x = value.
void NAME(fill)(double value, real *x, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    x[i] = (real)value;
  }
}
