#!/usr/bin/env python3
"""Recomputes alm.json: predictive coding with multipliers (PC-ALM) on small float64 networks.

    python3 alm.py            (needs numpy) writes the file beside this script anew
    python3 alm.py --check    compares: 1e-10

Networks, signs and layout are those of architectures.py, whose networks it uses. Given are networks, parameters,
batches and settings. q_l = lam_l + rho_l e_l for l < N, q_N = gamma_N e_N; the Lagrangian's slope in v_l is q_l minus
what unit l+1 sends down of q_{l+1}; T primal steps (each "inner" times), a dual step lam_l += alpha_l e_l between
each two, and one more at the end where "post" is set; gradients are those of q. It works with full states; the engine
stores moves.
"""

import json
import pathlib
import sys

import numpy as np
from architectures import Net, numbered, output_error, plain, render, worst

FILE = pathlib.Path(__file__).with_name("alm.json")


class Lagrangian:
    def __init__(self, net, x, y, given, loss):
        self.net, self.y, self.loss, self.given = net, y, loss, given
        self.h = net.forward(x)
        self.v = self.h[:-1]
        self.lam = [None] + [np.zeros_like(v) for v in self.v[1:]]

    def errors(self):
        e = [None] + [self.v[l] - self.net.unit(l, self.v[l - 1]) for l in self.net.hidden]
        return e + [output_error(self.loss, self.net.unit(self.net.last, self.v[-1]), self.y)]

    def signals(self):
        e, rho = self.errors(), [None] + self.given["rho"]
        q = [None] + [self.lam[l] + rho[l] * e[l] for l in self.net.hidden]
        return q + [self.given["gamma_N"] * e[-1]]

    def slope(self, l, q):
        return q[l] - self.net.pull(l + 1, self.v[l], q[l + 1])[0]

    def primal(self):
        eta = self.given["eta"]
        if self.given["order"] == "jacobi":
            q = self.signals()
            self.v = self.v[:1] + [self.v[l] - eta * self.slope(l, q) for l in self.net.hidden]
        else:
            for l in reversed(self.net.hidden):
                self.v = list(self.v)
                self.v[l] = self.v[l] - eta * self.slope(l, self.signals())

    def dual(self):
        e, alpha = self.errors(), [None] + self.given["alpha"]
        self.lam = [None] + [self.lam[l] + alpha[l] * e[l] for l in self.net.hidden]

    def record(self):
        for t in range(self.given["T"]):
            for _ in range(self.given["inner"]):
                self.primal()
            if t < self.given["T"] - 1 or self.given["post"]:
                self.dual()
        e, q = self.errors(), self.signals()
        moved = [self.v[l] - self.h[l] for l in self.net.hidden]
        return dict(
            v=self.v[1:],
            D=moved,
            lam=self.lam[1:],
            e=e[1:],
            q=q[1:],
            grad_weighted=self.net.gradients(self.v, q)[1:],
            grad_unweighted_output=self.net.gradients(self.v, q[:-1] + [e[-1]])[-1],
        )


def network(given):
    net, x = Net(given["spec"], numbered(given["params"])), np.array(given["X"])
    made = {}
    for key, value in given.items():
        if key.startswith("alm"):
            loss = "ce" if "Y" in value else "mse"
            y = np.array(value.get("Y", given["Y"]))
            value = dict(value, **Lagrangian(net, x, y, value, loss).record())
        made[key] = value
    return made


def main():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    made = plain({name: network(given) for name, given in file.items()})
    if "--check" in sys.argv[1:]:
        deviation, where = worst(made, file, 1e-10)
        print(f"{where}: {deviation:.2g} of its tolerance")
        sys.exit(not deviation <= 1)
    FILE.write_text(render(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
