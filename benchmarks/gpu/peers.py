#!/usr/bin/env python3
"""Times the steps of DeviceBenchmark in PyTorch (eager, compiled, as a CUDA graph) and JAX (jit, with its scan) on a device.

    peers.py ROWS COMMIT DEVICE SECONDS [WIDTHS [BATCHES [PRECISIONS]]]

The network is 784-W-W-10 with tanh, loss 1/2 |y - f|^2; predictive coding takes 20 Jacobi steps, target propagation solves the
ridge systems of the batch. A variant's first update must be that of a float64 step within the precision it is asked for, at the
least width, or it is named and not timed. What is not installed is skipped, and a row says so. PEERS_DEVICE=cpu tries the script
without a device.
"""

import json
import os
import statistics
import sys
import time

INPUTS, OUTPUTS, STEPS, RATE, LEARNING_RATE, DAMPING = 784, 10, 20, 0.1, 0.01, 0.1
ROUNDS = 7
RUN_SECONDS = 0.02
# Of an update: products in these fractions (2^-24, 2^-11, 2^-9) through forty of them, with sums that cancel.
TOLERANCE = {"fp64": 1e-9, "fp32": 1e-3, "tf32": 0.1, "bf16": 0.5}


class Late(Exception):
    """No time left."""


def numbers(index, otherwise):
    return [int(n) for n in (sys.argv[index] if len(sys.argv) > index else otherwise).split(",")]


def problem(width, batch, dtype):
    import numpy as np

    draw = np.random.default_rng(1)
    sizes = [INPUTS, width, width, OUTPUTS]
    weights = [draw.standard_normal((m, n), dtype=np.float32) / np.sqrt(n, dtype=np.float32) for n, m in zip(sizes, sizes[1:])]
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
        self.variants = ["eager", "compile"] + (["graph"] if self.place == "cuda" else [])

    def step(self, variant, rule, precision, arrays):
        torch = self.torch
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        *W, x, y = [torch.from_numpy(a).to(self.place) for a in arrays]

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
                w.add_(mm(e.T, h), alpha=LEARNING_RATE / len(e))

        run = torch.no_grad()(update)
        if variant == "compile":
            torch._dynamo.reset()
            run = torch.compile(run)
        if variant == "graph":
            before = [w.clone() for w in W]
            side = torch.cuda.Stream()
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
    for _ in range(3):
        run()
    finish()

    def timed(times):
        start = time.perf_counter()
        for _ in range(times):
            run()
        finish()
        return (time.perf_counter() - start) / times

    times = max(1, min(1000, round(RUN_SECONDS / timed(1))))
    return statistics.median(timed(times) for _ in range(ROUNDS))


def measure(write, library, widths, batches, precisions, deadline):
    import numpy as np

    wrong = {}
    for precision in precisions:
        dtype = np.float64 if precision == "fp64" else np.float32
        for width in widths:
            for batch in batches:
                for rule in ("pc", "tp"):
                    arrays = problem(width, batch, dtype)
                    for variant in library.variants:
                        key = (rule, variant, precision)
                        if time.monotonic() > deadline:
                            raise Late
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
    path, commit, device, budget = sys.argv[1:5]
    deadline = time.monotonic() + float(budget)
    widths = numbers(5, "128,512,2048,8192")
    batches = numbers(6, "64,128,1024")
    precisions = (sys.argv[7] if len(sys.argv) > 7 else "fp32,tf32,bf16").split(",")

    def write(row):
        line = json.dumps(dict(benchmark="gpu-peers", time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), commit=commit, device=device) | row)
        with open(path, "a", encoding="utf-8") as rows:
            rows.write(line + "\n")
        print(line, flush=True)

    # A half of the time for each.
    for share, maker in ((0.5, Torch), (1.0, Jax)):
        try:
            library = maker()
        except ImportError as e:
            write(dict(peer=maker.__name__.lower(), skipped=f"not usable here ({e})"))
            continue
        try:
            measure(write, library, widths, batches, precisions, deadline - (1 - share) * float(budget))
        except Late:
            print(f"  {maker.__name__}: no time left", flush=True)


if __name__ == "__main__":
    main()
