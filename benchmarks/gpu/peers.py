#!/usr/bin/env python3
"""Times the steps of DeviceBenchmark in PyTorch (eager, compiled, as a CUDA graph) and JAX (jit, with its scan) on a device.

    peers.py torch|jax ROWS COMMIT DEVICE [WIDTHS [BATCHES [PRECISIONS]]]

The network is 784-W-W-10 with tanh, loss 1/2 |y - f|^2; predictive coding takes 20 Jacobi steps, target propagation solves the
ridge systems of the batch. A variant's first update must be that of a float64 step within the precision it is asked for, at the
least width, or it is named and not timed. What is not installed is skipped, and a row says so. Rows are written as they come, those of
variants that take long to compile last. PEERS_DEVICE=cpu tries the script without a device.
"""

import itertools
import json
import os
import statistics
import sys
import time

INPUTS, OUTPUTS, STEPS, RATE, LEARNING_RATE, DAMPING = 784, 10, 20, 0.1, 0.01, 0.1
ROUNDS = 7
RUN_SECONDS = 0.02
WARM_UP_SECONDS = 0.1
SAMPLE = 1 << 22
# Of an update: products in these fractions (2^-24, 2^-11, 2^-9) through forty of them, with sums that cancel.
TOLERANCE = {"fp64": 1e-9, "fp32": 1e-3, "tf32": 0.1, "bf16": 0.5}


def numbers(index, otherwise):
    return [int(n) for n in (sys.argv[index] if len(sys.argv) > index else otherwise).split(",")]


def problem(width, batch, dtype):
    import numpy as np

    draw = np.random.default_rng(1)
    sizes = [INPUTS, width, width, OUTPUTS]
    weights = []
    for n, m in zip(sizes, sizes[1:]):
        # Of large matrices only the time counts: a sample over and over, since to draw them would take longer than the steps.
        sample = draw.standard_normal(min(m * n, SAMPLE), dtype=np.float32) / np.sqrt(n, dtype=np.float32)
        weights.append(np.resize(sample, (m, n)))
    x = draw.standard_normal((batch, INPUTS), dtype=np.float32)
    y = 0.3 * draw.standard_normal((batch, OUTPUTS), dtype=np.float32)
    return [a.astype(dtype) for a in (*weights, x, y)]


# ---------------------------------------------------------------- the steps, for any library of arrays


def pc_step(np, mm, loop, W, x, y):
    """np has tanh; mm multiplies; loop(times, body, states) repeats."""
    first = np.tanh(mm(x, W[0].T))
    states = (first, np.tanh(mm(first, W[1].T)))

    def errors(v):
        mu = np.tanh(mm(v[0], W[1].T))
        e2 = v[1] - mu
        top = y - mm(v[1], W[2].T)
        return v[0] - first, e2, e2 * (1 - mu * mu), top

    def relax(v):
        e1, e2, gated, top = errors(v)
        return v[0] - RATE * (e1 - mm(gated, W[1])), v[1] - RATE * (e2 - mm(top, W[2]))

    v = loop(STEPS, relax, states)
    e1, _, gated, top = errors(v)
    return [e1 * (1 - first * first), gated, top], [x, *v]


def tp_step(np, mm, solve, W, x, y):
    """solve(A, damping, rhs) gives rhs (A + damping)^-1 for a symmetric A."""
    h = [x]
    for w in W[:-1]:
        h.append(np.tanh(mm(h[-1], w.T)))
    h.append(mm(h[-1], W[-1].T))
    d = y - h[-1]
    gated = [d]
    for l in (3, 2):
        batch, units = h[l].shape
        damping = DAMPING * (1 if l == 3 else units)
        if units < batch:
            P = mm(solve(mm(h[l].T, h[l]), damping, d), h[l].T)
        else:
            P = solve(mm(h[l], h[l].T), damping, mm(d, h[l].T))
        d = mm(P, h[l - 1])
        gated.insert(0, d * (1 - h[l - 1] * h[l - 1]))
    return gated, h[:-1]


# ---------------------------------------------------------------- PyTorch


class Torch:
    def __init__(self):
        import torch

        self.torch = torch
        self.place = os.environ.get("PEERS_DEVICE", "cuda")
        if self.place == "cuda" and not torch.cuda.is_available():
            raise ImportError("PyTorch sees no device")
        self.version = f"PyTorch {torch.__version__}"
        self.variants = (["graph"] if self.place == "cuda" else []) + ["eager", "compile"]

    def step(self, variant, rule, precision, arrays):
        torch = self.torch
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        *W, x, y = [torch.tensor(a, device=self.place) for a in arrays]

        def mm(a, b):
            return (a.bfloat16() @ b.bfloat16()).float() if precision == "bf16" else a @ b

        def loop(times, body, states):
            for _ in range(times):
                states = body(states)
            return states

        def solve(A, damping, rhs):
            A.diagonal().add_(damping)
            return torch.cholesky_solve(rhs.T, torch.linalg.cholesky_ex(A).L).T

        def update():
            errors, below = (pc_step(torch, mm, loop, W, x, y) if rule == "pc" else tp_step(torch, mm, solve, W, x, y))
            for w, e, h in zip(W, errors, below):
                scaled = e * (LEARNING_RATE / len(e))
                if precision == "bf16":
                    w.add_(mm(scaled.T, h))
                else:
                    w.addmm_(scaled.T, h)

        run = torch.no_grad()(update)
        if variant == "compile":
            torch._dynamo.reset()
            run = torch.compile(run)
        if variant == "graph":
            before = [w.clone() for w in W]
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                run()
            torch.cuda.current_stream().wait_stream(side)
            graph = torch.cuda.CUDAGraph()
            with torch.no_grad(), torch.cuda.graph(graph):
                update()
            for w, b in zip(W, before):
                w.copy_(b)
            run = graph.replay
        return run, self.finish, lambda: [w.double().cpu().numpy() for w in W]

    def finish(self):
        if self.place == "cuda":
            self.torch.cuda.synchronize()


# ---------------------------------------------------------------- JAX


class Jax:
    variants = ["jit"]

    def __init__(self):
        import jax

        if os.environ.get("PEERS_DEVICE", "cuda") == "cuda" and jax.default_backend() != "gpu":
            raise ImportError("JAX sees no device")
        jax.config.update("jax_enable_x64", True)
        self.jax = jax
        self.version = f"JAX {jax.__version__}"

    def step(self, variant, rule, precision, arrays):
        jax, np = self.jax, self.jax.numpy
        from jax.scipy.linalg import cho_factor, cho_solve

        *W, x, y = [np.asarray(a) for a in arrays]
        wanted = jax.lax.Precision.DEFAULT if precision == "tf32" else jax.lax.Precision.HIGHEST

        def mm(a, b):
            if precision == "bf16":
                return np.matmul(a.astype(np.bfloat16), b.astype(np.bfloat16), preferred_element_type=np.float32)
            return np.matmul(a, b, precision=wanted)

        def loop(times, body, states):
            return jax.lax.scan(lambda v, _: (body(v), None), states, None, length=times)[0]

        def solve(A, damping, rhs):
            return cho_solve(cho_factor(A + damping * np.eye(len(A), dtype=A.dtype)), rhs.T).T

        def update(W):
            errors, below = (pc_step(np, mm, loop, W, x, y) if rule == "pc" else tp_step(np, mm, solve, W, x, y))
            return [w + LEARNING_RATE / len(e) * mm(e.T, h) for w, e, h in zip(W, errors, below)]

        compiled = jax.jit(update, donate_argnums=0)
        state = {"W": W}

        def run():
            state["W"] = compiled(state["W"])

        return run, lambda: jax.block_until_ready(state["W"]), lambda: state["W"]


# ---------------------------------------------------------------- measuring


def expected(rule, width, batch):
    """The weights after a step in float64, by NumPy."""
    import numpy as np

    *W, x, y = problem(width, batch, np.float64)

    def loop(times, body, states):
        for _ in range(times):
            states = body(states)
        return states

    def solve(A, damping, rhs):
        return np.linalg.solve(A + damping * np.eye(len(A)), rhs.T).T

    errors, below = (pc_step(np, np.matmul, loop, W, x, y) if rule == "pc" else tp_step(np, np.matmul, solve, W, x, y))
    return W, [w + LEARNING_RATE / len(e) * e.T @ h for w, e, h in zip(W, errors, below)]


def difference(found, before, after):
    import numpy as np

    found = [np.asarray(w, dtype=np.float64) for w in found]
    return max(np.linalg.norm(f - a) / np.linalg.norm(a - b) for f, b, a in zip(found, before, after))


def seconds(run, finish):
    start = time.perf_counter()
    runs = 0
    while runs < 3 or time.perf_counter() - start < WARM_UP_SECONDS:
        run()
        finish()
        runs += 1

    def timed(times):
        start = time.perf_counter()
        for _ in range(times):
            run()
        finish()
        return (time.perf_counter() - start) / times

    times = max(1, min(1000, round(RUN_SECONDS / timed(1))))
    return statistics.median(timed(times) for _ in range(ROUNDS))


def measure(write, library, widths, batches, precisions):
    import numpy as np

    wrong = {}
    for variant, batch, precision, width in itertools.product(library.variants, batches, precisions, widths):
        arrays = problem(width, batch, np.float64 if precision == "fp64" else np.float32)
        for rule in ("pc", "tp"):
            key = (rule, variant, precision)
            row = dict(rule=rule, width=width, batch=batch, precision=precision, peer=f"{type(library).__name__.lower()}-{variant}",
                       version=library.version)
            try:
                run, finish, weights = library.step(variant, rule, precision, arrays)
                if key not in wrong:
                    run()
                    finish()
                    distance = difference(weights(), *expected(rule, width, batch))
                    wrong[key] = None if distance <= TOLERANCE[precision] else f"its update differs by {distance:.2g}"
                if wrong[key]:
                    row["skipped"] = wrong[key]
                else:
                    row["msPerStep"] = 1e3 * seconds(run, finish)
            except Exception as e:  # whatever another program fails with is its row, and the others go on
                row["skipped"] = f"{type(e).__name__}: {e}".splitlines()[0][:200]
            write(row)


def main():
    name, path, commit, device = sys.argv[1:5]
    widths = numbers(5, "128,512,2048,8192,32768")
    batches = numbers(6, "128,64,1024")
    precisions = (sys.argv[7] if len(sys.argv) > 7 else "fp32,tf32,bf16").split(",")

    def write(row):
        line = json.dumps(dict(benchmark="gpu-peers", time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), commit=commit, device=device) | row)
        with open(path, "a", encoding="utf-8") as rows:
            rows.write(line + "\n")
        print(line, flush=True)

    try:
        library = {"torch": Torch, "jax": Jax}[name]()
    except ImportError as e:
        write(dict(peer=name, skipped=f"not usable here ({e})"))
        return
    measure(write, library, widths, batches, precisions)


if __name__ == "__main__":
    main()
