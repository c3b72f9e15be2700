/*
 * Activations: value, derivative, difference, and the passes that are made of them, each in one loop without a branch on the activation.
 * The difference phi(u + z) - phi(u) never subtracts nearly equal numbers.
 */
#include "functions.h"

/* phi(u + z) - phi(u) and phi'(u + z). */
struct moved {
  vec difference, derivative;
};

/* ---------------------------------------------------------------- piecewise linear */

/* Not a maximum: NaN stays NaN because it is not below zero. */
INLINE vec rectified_value(double slope, vec u) { return choose(less(u, all(0)), slope == 0 ? all(0) : u * all(slope), u); }

INLINE vec step(double slope, vec u) { return choose(greater(u, all(0)), all(1), all(slope)); }

/* On one side of the kink slope times z; across it nothing cancels. */
INLINE struct moved rectified_moved(double slope, vec u, vec z) {
  vec sum = u + z;
  mask before = greater(u, all(0));
  mask after = greater(sum, all(0));
  vec across = choose(after, sum - u * all(slope), sum * all(slope) - u);
  vec along = choose(after, z, z * all(slope));
  return (struct moved){choose(before ^ after, across, along), step(slope, sum)};
}

#define LEAK 0.01

INLINE vec linear_value(vec u) { return u; }
INLINE vec linear_derivative(UNUSED const real *u, UNUSED const real *h, UNUSED long n) { return all(1); }
INLINE struct moved linear_moved(UNUSED const real *u, UNUSED const real *h, const real *z, long n) {
  return (struct moved){get(z, n), all(1)};
}

INLINE vec relu_value(vec u) { return rectified_value(0, u); }
INLINE vec relu_derivative(const real *u, UNUSED const real *h, long n) { return step(0, get(u, n)); }
INLINE struct moved relu_moved(const real *u, UNUSED const real *h, const real *z, long n) {
  return rectified_moved(0, get(u, n), get(z, n));
}

INLINE vec leaky_relu_value(vec u) { return rectified_value(LEAK, u); }
INLINE vec leaky_relu_derivative(const real *u, UNUSED const real *h, long n) { return step(LEAK, get(u, n)); }
INLINE struct moved leaky_relu_moved(const real *u, UNUSED const real *h, const real *z, long n) {
  return rectified_moved(LEAK, get(u, n), get(z, n));
}

/* ---------------------------------------------------------------- tanh */

INLINE vec bell(vec before, vec after) { return fnma_(before, after, all(1)); }

INLINE vec tanh_value(vec u) { return tanh_(u); }
INLINE vec tanh_derivative(UNUSED const real *u, const real *h, long n) { return bell(get(h, n), get(h, n)); }

/*
 * While z is small, tanh(u + z) = (h + tanh z)/(1 + h tanh z) loses nothing, and tanh z is a polynomial; where h and tanh z nearly
 * cancel it would, and the shifted tanh is computed instead.
 */
INLINE struct moved tanh_moved(const real *u, const real *h, const real *z, long n) {
  vec before = get(h, n);
  vec move = get(z, n);
  vec t = tanh_of_small(move);
  vec after = (before + t) / fma_(before, t, all(1));
  mask large = greater(magnitude(move), all(SMALL));
  if (any(large)) {
    t = choose(large, tanh_(move), t);
    after = choose(large, tanh_(get(u, n) + move), after);
  }
  return (struct moved){t * bell(before, after), bell(after, after)};
}

/* ---------------------------------------------------------------- made of the logistic function */

INLINE vec sigmoid_value(vec u) { return unit_value(SIGMOID, u); }
INLINE vec sigmoid_derivative(UNUSED const real *u, const real *h, long n) { return get(h, n) * (all(1) - get(h, n)); }
INLINE struct moved sigmoid_moved(const real *u, const real *h, const real *z, long n) {
  vec x = get(u, n);
  vec sum = x + get(z, n);
  vec value = get(h, n);
  vec before = choose(less(x, all(0)), value, all(1) - value);
  vec after = unit_tail(SIGMOID, sum);
  vec tanh_of_half = tanh_by_size(get(z, n) * all(0.5));
  return (struct moved){logistic_difference(x, sum, before, after, tanh_of_half), unit_derivative(SIGMOID, sum, after)};
}

/* By how much half the argument of the logistic function moves when u moves by z. */
INLINE vec half_shift(enum unit unit, vec u, vec z) {
  if (unit != GELU) {
    return z * all(0.5);
  }
  vec cubic = fma_(u * all(3), u + z, z * z);
  return fma_(cubic, all(GELU_SCALE * GELU_CUBIC), all(GELU_SCALE)) * z;
}

/* With s the logistic function: (u+z) s(u+z) - u s(u) = z s(u+z) + u (s(u+z) - s(u)). */
INLINE struct moved product_moved(enum unit unit, vec u, vec z) {
  vec sum = u + z;
  vec before = unit_tail(unit, u);
  vec after = unit_tail(unit, sum);
  vec logistic = choose(less(sum, all(0)), after, all(1) - after);
  vec move = logistic_difference(u, sum, before, after, tanh_by_size(half_shift(unit, u, z)));
  return (struct moved){fma_(u, move, z * logistic), unit_derivative(unit, sum, after)};
}

INLINE vec product_derivative(enum unit unit, vec u) { return unit_derivative(unit, u, unit_tail(unit, u)); }

INLINE vec silu_value(vec u) { return unit_value(SILU, u); }
INLINE vec silu_derivative(const real *u, UNUSED const real *h, long n) { return product_derivative(SILU, get(u, n)); }
INLINE struct moved silu_moved(const real *u, UNUSED const real *h, const real *z, long n) {
  return product_moved(SILU, get(u, n), get(z, n));
}

INLINE vec gelu_value(vec u) { return unit_value(GELU, u); }
INLINE vec gelu_derivative(const real *u, UNUSED const real *h, long n) { return product_derivative(GELU, get(u, n)); }
INLINE struct moved gelu_moved(const real *u, UNUSED const real *h, const real *z, long n) {
  return product_moved(GELU, get(u, n), get(z, n));
}

/* ---------------------------------------------------------------- loops */

/*
 * value:            x1 = phi(x0)
 * activate:         rows of x0 += x1, x2 = phi(x0)
 * derivative:       x2 = phi'(x0), with x1 = phi(x0)
 * gate:             x3 = phi'(x0) x2, with x1 = phi(x0)
 * difference:       x3 = phi(x0 + x2) - phi(x0), x4 = phi'(x0 + x2), with x1 = phi(x0)
 * prediction_error: x4 = x3 - (phi(x0 + x2) - phi(x0)), x5 = x4 phi'(x0 + x2), with x1 = phi(x0)
 */
#define ACTIVATION(phi)                                                                                                            \
  INLINE void phi##_value_at(struct call c, long i, long n) { put(c.x1 + i, phi##_value(get(c.x0 + i, n)), n); }                   \
  LOOP(phi##_value)                                                                                                                \
  INLINE void phi##_activate_at(struct call c, long row, long i, long n) {                                                         \
    vec u = get(c.x0 + row + i, n) + get(c.x1 + i, n);                                                                             \
    put(c.x0 + row + i, u, n);                                                                                                     \
    put(c.x2 + row + i, phi##_value(u), n);                                                                                        \
  }                                                                                                                                \
  ROW_LOOP(phi##_activate)                                                                                                         \
  INLINE void phi##_derivative_at(struct call c, long i, long n) { put(c.x2 + i, phi##_derivative(c.x0 + i, c.x1 + i, n), n); }    \
  LOOP(phi##_derivative)                                                                                                           \
  INLINE void phi##_gate_at(struct call c, long i, long n) {                                                                       \
    put(c.x3 + i, phi##_derivative(c.x0 + i, c.x1 + i, n) * get(c.x2 + i, n), n);                                                  \
  }                                                                                                                                \
  LOOP(phi##_gate)                                                                                                                 \
  INLINE void phi##_difference_at(struct call c, long i, long n) {                                                                 \
    struct moved m = phi##_moved(c.x0 + i, c.x1 + i, c.x2 + i, n);                                                                 \
    put(c.x3 + i, m.difference, n);                                                                                                \
    put(c.x4 + i, m.derivative, n);                                                                                                \
  }                                                                                                                                \
  LOOP(phi##_difference)                                                                                                           \
  INLINE void phi##_prediction_error_at(struct call c, long i, long n) {                                                           \
    struct moved m = phi##_moved(c.x0 + i, c.x1 + i, c.x2 + i, n);                                                                 \
    vec error = get(c.x3 + i, n) - m.difference;                                                                                   \
    put(c.x4 + i, error, n);                                                                                                       \
    put(c.x5 + i, error * m.derivative, n);                                                                                        \
  }                                                                                                                                \
  LOOP(phi##_prediction_error)

ACTIVATION(linear)
ACTIVATION(relu)
ACTIVATION(leaky_relu)
ACTIVATION(tanh)
ACTIVATION(sigmoid)
ACTIVATION(silu)
ACTIVATION(gelu)
