"""The same training steps in JAX: pure functions of the weights, compiled whole."""

from functools import partial

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve


def forward(W, x):
    h = [x]
    for w in W[:-1]:
        h.append(jnp.tanh(h[-1] @ w.T))
    return [*h, h[-1] @ W[-1].T]


def descended(W, errors, below, lr):
    return [w + lr / len(e) * (e.T @ h) for w, e, h in zip(W, errors, below)]


def predictive_coding(W, x, y, lr, rate, steps):
    start = forward(W, x)
    first = start[1]

    def gated_errors(v):
        mu = [first] + [jnp.tanh(a @ w.T) for a, w in zip(v, W[1:-1])]
        e = [a - m for a, m in zip(v, mu)]
        top = y - v[-1] @ W[-1].T
        return e, [a * (1 - m * m) for a, m in zip(e, mu)] + [top]

    def relax(_, v):
        e, gated = gated_errors(v)
        return [a - rate * (b - g @ w) for a, b, g, w in zip(v, e, gated[1:], W[1:])]

    v = jax.lax.fori_loop(0, steps, relax, start[1:-1])
    return descended(W, gated_errors(v)[1], [x, *v], lr)


def target_propagation(W, x, y, lr, damping):
    h = forward(W, x)
    top = len(W)
    d = [None] * top + [y - h[-1]]
    for l in range(top, 1, -1):
        batch, units = h[l].shape
        ridge = damping * (1 if l == top else units)
        if units < batch:
            A = h[l].T @ h[l] + ridge * jnp.eye(units)
            P = cho_solve(cho_factor(A), d[l].T).T @ h[l].T
        else:
            A = h[l] @ h[l].T + ridge * jnp.eye(batch)
            P = cho_solve(cho_factor(A), (d[l] @ h[l].T).T).T
        d[l - 1] = P @ h[l - 1]
    gated = [d[l] * (1 - h[l] * h[l]) for l in range(1, top)] + [d[top]]
    return descended(W, gated, h, lr)


def pepita(W, x, y, lr, F):
    first = forward(W, x)
    e = first[-1] - y
    second = forward(W, x - e @ F.T)[:-1]
    return descended(W, [b - a for a, b in zip(first[1:-1], second[1:])] + [-e], second, lr)


class Step:
    version = f"JAX {jax.__version__}"

    def __init__(self, problem):
        self.W = [jnp.asarray(w) for w in problem.weights]
        batch = dict(x=jnp.asarray(problem.input), y=jnp.asarray(problem.target), lr=problem.learning_rate)
        function = {
            "pc": partial(predictive_coding, rate=problem.rate, steps=problem.steps),
            "tp": partial(target_propagation, damping=problem.damping),
            "pepita": partial(pepita, F=None if problem.projection is None else jnp.asarray(problem.projection)),
        }[problem.rule]
        self.update = jax.jit(partial(function, **batch), donate_argnums=0)

    def step(self):
        self.W = self.update(self.W)

    def finish(self):
        jax.block_until_ready(self.W)

    def weights(self):
        return self.W


def load(problem, threads):
    return Step(problem)
