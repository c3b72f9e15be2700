#!/usr/bin/env python3
"""Recomputes reach.json: credit reach of a few Jacobi steps on small networks, float64.

    python3 reach.py            (needs numpy) writes the file beside this script anew
    python3 reach.py --check    compares: 1e-12

What is given there (networks, parameters, examples, rate, steps, precision, eps) stays; the rest is made again.
Networks and predictive coding are those of architectures.py, which states every convention.

Per unit, with its weights W in one vector, g of the rule and b of backpropagation, both means over the batch:
ratio = rms(g)/rms(b); rel = ratio over the median ratio of the upper half of the units; cos, 0 where g = 0;
share = mean |g|/(|g| + eps). Dead under SGD: rel < 1/100; under Adam: rms(g) < eps. Blind: |cos| < 1/10.
Reach: the fraction of units neither dead nor blind.
"""

import json
import pathlib
import sys

import numpy as np

import architectures as nets

FILE = pathlib.Path(__file__).with_name("reach.json")


def weights(unit):
    return np.concatenate([np.asarray(arrays["W"]).ravel() for arrays in unit.values() if "W" in arrays])


def rms(x):
    return np.sqrt((x**2).mean())


def reach(mine, exact, eps):
    mine, exact = ([weights(unit) for unit in side] for side in (mine, exact))
    ratio = np.array([rms(g) / rms(b) for g, b in zip(mine, exact)])
    rel = ratio / np.median(ratio[len(ratio) // 2 :])
    cos = np.array([g @ b / np.linalg.norm(g) / np.linalg.norm(b) if g.any() else 0 for g, b in zip(mine, exact)])
    size = np.array([rms(g) for g in mine])
    share = np.array([(abs(g) / (abs(g) + eps)).mean() for g in mine])
    blind = abs(cos) < 0.1
    return dict(
        ratio=ratio, rel=rel, cos=cos, rms=size, share=share, dead_sgd=rel < 0.01, dead_adam=size < eps, blind=blind,
        reach_sgd=1 - ((rel < 0.01) | blind).mean(), reach_adam=1 - ((size < eps) | blind).mean(),
    )


def made(net):
    given = net["credit_reach"]
    network, x, y = nets.Net(net["spec"], nets.numbered(net["params"])), np.array(net["X"]), np.array(net["Y"])
    pc = nets.PredictiveCoding(network, x, y, [given["gamma"]] * network.last).jacobi(given["alpha"], given["T"])
    exact = nets.back_propagation(network, x, y)["grad"]
    inputs = {key: given[key] for key in ("alpha", "T", "gamma", "eps")}
    found = reach(pc.gradients(), exact, given["eps"])
    return dict(inputs, **{k: v.tolist() if isinstance(v, np.ndarray) else float(v) for k, v in found.items()})


def main():
    stored = json.loads(FILE.read_text())
    worst = 0.0
    for net in stored.values():
        found = made(net)
        for key, value in found.items():
            worst = max(worst, float(np.abs(np.asarray(value, float) - np.asarray(net["credit_reach"][key], float)).max()))
        net["credit_reach"] = found
    if "--check" in sys.argv:
        print(f"largest difference {worst:.1e}")
        sys.exit(worst > 1e-12)
    FILE.write_text(json.dumps(stored) + "\n")


main()
