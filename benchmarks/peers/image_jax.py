"""The same training steps on images in JAX: pure functions of the parameters, compiled whole."""

from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

from image_problem import Problem  # noqa: F401 (serve.py takes it from here)


def predict(unit, last, x):
    w, b = unit
    if w.ndim == 4:
        u = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "OHWI", "NHWC")) + b
        return lax.reduce_window(jnp.tanh(u), -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    u = x.reshape(len(x), -1) @ w.T + b
    return u if last else jnp.tanh(u)


def backpropagation(units, x, y):
    def loss(units):
        h = x
        for l, unit in enumerate(units):
            h = predict(unit, l == len(units) - 1, h)
        return 0.5 * jnp.sum((y - h) ** 2)

    return jax.grad(loss)(units)


def passes_of(units, x):
    """Predictions, and the adjoint of each unit."""
    predictions, adjoints = [], []
    for l, unit in enumerate(units):
        mu, adjoint = jax.vjp(partial(lambda last, unit, x: predict(unit, last, x), l == len(units) - 1), unit, x)
        predictions.append(mu)
        adjoints.append(adjoint)
        x = mu
    return predictions, adjoints


def fixed_prediction(units, x, y, rate, steps):
    predictions, adjoints = passes_of(units, x)
    top = len(units) - 1
    errors = [None] * top + [y - predictions[top]]
    for t in range(steps):
        backs = {l: adjoints[l](errors[l])[1] for l in range(max(1, top - t), top + 1)}
        for l, back in backs.items():
            errors[l - 1] = rate * back if errors[l - 1] is None else (1 - rate) * errors[l - 1] + rate * back
    return [adjoint(-e)[0] for adjoint, e in zip(adjoints, errors)]


def jacobi(units, x, y, rate, steps):
    predictions, adjoints = passes_of(units, x)
    top = len(units) - 1
    states = [*predictions[:-1], y]
    for t in range(steps + 1):
        for l in range(max(1, top - t + 1), top + 1):
            last = l == top
            predictions[l], adjoints[l] = jax.vjp(partial(lambda last, unit, x: predict(unit, last, x), last), units[l], states[l - 1])
        errors = {l: states[l] - predictions[l] for l in range(max(0, top - t), top + 1)}
        if t == steps:
            return [adjoints[l](-errors[l])[0] for l in range(top + 1)]
        moved = list(states)
        for l in range(max(1, top - t), top + 1):
            back = adjoints[l](errors[l])[1]
            moved[l - 1] = states[l - 1] + rate * (back - errors[l - 1] if l - 1 in errors else back)
        states = moved


class Step:
    version = f"JAX {jax.__version__}"

    def __init__(self, problem):
        x, y = jnp.asarray(problem.input), jnp.asarray(problem.target)
        relaxation = dict(rate=problem.rate, steps=problem.steps)
        gradients = {
            "bp": backpropagation,
            "pc-fpa": partial(fixed_prediction, **relaxation),
            "pc-jacobi": partial(jacobi, **relaxation),
        }[problem.rule]
        factor = problem.learning_rate / len(x)

        def update(units, x, y):
            return jax.tree.map(lambda p, g: p - factor * g, units, gradients(units, x, y))

        compiled = jax.jit(update, donate_argnums=0)
        self.units = [(jnp.asarray(w), jnp.asarray(b)) for w, b in problem.units()]
        self.update = lambda units: compiled(units, x, y)

    def step(self):
        self.units = self.update(self.units)

    def finish(self):
        jax.block_until_ready(self.units)

    def weights(self):
        return [t for unit in self.units for t in unit]


def load(problem, threads):
    return Step(problem)
