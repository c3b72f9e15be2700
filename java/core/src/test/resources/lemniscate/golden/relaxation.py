#!/usr/bin/env python3
"""Recomputes relaxation.json: ways to relax the states of predictive coding, float64.

    python3 relaxation.py            (needs numpy) writes the file beside this script anew
    python3 relaxation.py --check    compares: 1e-12, of fixed points 1e-9

Largest eigenvalue of the states' Hessian, momentum, precisions that change from step to step with the forward
update, nudging. Networks, signs and what is given as in architectures.py, whose units it uses.
"""

import json
import pathlib
import sys

import numpy as np

import architectures as base

FILE = pathlib.Path(__file__).with_name("relaxation.json")


def each(sample_values, like):
    return sample_values.reshape((-1,) + (1,) * (like.ndim - 1))


def dot(a, b):
    """Sum over units, of each sample."""
    return sum((base.flat(x) * base.flat(y)).sum(1) for x, y in zip(a, b))


def moved_unit(net, l, x, d):
    """The derivative of unit l at x along d."""
    results, moves = net.results(l, x), []
    for j, op in enumerate(net.units[l]):
        into = net.inputs(op, d, moves)
        if op["op"] == "Act":
            (u,) = net.inputs(op, x, results)
            moves.append(base.ACTIVATIONS[op["n"]][1](u) * into[0])
        else:  # linear but for its bias
            p = {k: a for k, a in net.P[l].get(j, {}).items() if k != "b"}
            moves.append(base.apply(op, p, *into))
    return moves[-1]


def hessian_product(net, h, gamma, D):
    """Of F at the feed-forward pass, where hidden errors are 0, without the curvature of the output unit itself."""
    moves = [np.zeros_like(h[0])] + D
    r = [None]
    for l in net.all:
        seen = moved_unit(net, l, h[l - 1], moves[l - 1])
        r.append(gamma[l - 1] * ((moves[l] if l < net.last else 0) - seen))
    return [r[l] - net.pull(l + 1, h[l], r[l + 1])[0] for l in net.hidden]


def lambda_max(net, x, g):
    """Power iteration of every sample for itself."""
    h, D = net.forward(x), [np.array(d) for d in g["D0"]]
    for _ in range(g["iters"]):
        length = np.sqrt(dot(D, D))
        D = [d / each(length, d) for d in D]
        HD = hessian_product(net, h, g["gamma"], D)
        estimate, D = dot(D, HD), HD
    return dict(g, rayleigh_per_sample=estimate, HD_last=D)


def descend(net, x, y, precisions, rate, momentum, nesterov):
    """precisions: of each step in turn. m <- g + mom m; v <- v - rate m, or rate (g + mom m)."""
    pc, m = base.PredictiveCoding(net, x, y, precisions[0]), [0.0] * net.last
    for gamma in precisions:
        pc.gamma = [None] + list(gamma)
        e = pc.errors()
        slopes = [None] + [pc.slope(l, pc.v, e) for l in net.hidden]
        for l in net.hidden:
            m[l] = slopes[l] + momentum * m[l]
            pc.v[l] = pc.v[l] - rate * (slopes[l] + momentum * m[l] if nesterov else m[l])
    return pc


def with_momentum(net, x, y, g, nesterov):
    pc = descend(net, x, y, [g["gamma"]] * g["T"], g["alpha"], g["mom"], nesterov)
    return dict(g, v=pc.v[1:], grad_weighted=pc.gradients())


def spiking(net, g):
    """1 where the error is on its way down, kappa elsewhere."""
    return [[1.0 if l == net.last - t else g["kappa"] for l in net.all] for t in range(g["T"])]


def decaying(net, g):
    """0 before the error arrives, 1 when it does, then a hundredth that fades."""
    steps = []
    for t in range(g["T"]):
        gamma = []
        for l in net.all:
            arrival = net.last - l
            mass = sum(np.exp(-g["k"] * n) for n in range(g["T"] - arrival)) / 100
            since = t - arrival
            gamma.append(0.0 if since < 0 else 1.0 if since == 0 else mass * np.exp(-g["k"] * since))
        steps.append(gamma)
    return steps


def scheduled(net, x, y, g, schedule):
    gamma = schedule(net, g)
    pc = descend(net, x, y, gamma, g["alpha"], g["mom"], g["nesterov"])
    h = net.forward(x)
    moves = [None] + [pc.v[l] - h[l] for l in net.hidden] + [y - h[-1]]
    pc.gamma = [None] + [1.0] * net.last
    return dict(
        g,
        gamma_per_step=gamma,
        v=pc.v[1:],
        grad_FU=net.gradients(h, moves)[1:],
        grad_settled_gamma1=pc.gradients(),
    )


def over(beta, gradients):
    return [base.scaled(1 / beta, unit) for unit in gradients]


def clamped(net, x, y, g):
    """The output is drawn to f + beta (y - f), f of the feed-forward pass."""
    f = net.forward(x)[-1]
    pc = base.PredictiveCoding(net, x, f + g["beta"] * (y - f), g["gamma"]).jacobi(g["alpha"], g["T"])
    return dict(
        g, v=pc.v[1:], e=pc.errors()[1:], grad_weighted_over_beta=over(g["beta"], pc.gradients())
    )


def weak(net, x, y, g):
    """gamma_N = beta: the fixed point e_l = beta delta_l / gamma_l, delta at the moved states."""
    pc = base.PredictiveCoding(net, x, y, g["gamma_hidden"] + [g["beta"]])
    e = pc.no_errors()
    for _ in range(4000):
        slopes = pc.error_slopes(e)
        if base.largest(slopes) <= 1e-14 * base.largest(e):
            break
        e = [None] + [e[l] - 0.5 * slopes[l] for l in net.hidden]
        pc.with_errors(e)
    return dict(g, v=pc.v[1:], grad_weighted_over_beta=over(g["beta"], pc.gradients()))


def network(given):
    net = base.Net(given["spec"], base.numbered(given["params"]))
    x, y = np.array(given["X"]), np.array(given["Y"])
    made = {
        "forward": lambda g: net.forward(x)[1:],
        "bp": lambda g: {k: v for k, v in base.back_propagation(net, x, y).items() if k != "loss"},
        "lambda_max": lambda g: lambda_max(net, x, g),
        "heavy_ball": lambda g: with_momentum(net, x, y, g, False),
        "nesterov": lambda g: with_momentum(net, x, y, g, True),
        "schedule_S": lambda g: scheduled(net, x, y, g, spiking),
        "schedule_D": lambda g: scheduled(net, x, y, g, decaying),
        "nudge_clamped_plus": lambda g: clamped(net, x, y, g),
        "nudge_clamped_minus": lambda g: clamped(net, x, y, g),
        "nudge_weak_plus": lambda g: weak(net, x, y, g),
        "nudge_weak_minus": lambda g: weak(net, x, y, g),
    }
    return {key: made[key](value) if key in made else value for key, value in given.items()}


def recomputed(file):
    return base.plain({k: v if k == "meta" else network(v) for k, v in file.items()})


def main():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    made = recomputed(file)
    if "--check" not in sys.argv[1:]:
        FILE.write_text(base.render(made) + "\n", encoding="utf-8")
        return
    for name, networks in made.items():
        for key, found in networks.items():
            tolerance = 1e-9 if key.startswith("nudge_weak") else 1e-12
            deviation, where = base.worst(found, file[name][key], tolerance, f"{name}/{key}")
            if not deviation <= 1:
                sys.exit(f"{where}: {deviation:.3g} times its tolerance")


if __name__ == "__main__":
    main()
