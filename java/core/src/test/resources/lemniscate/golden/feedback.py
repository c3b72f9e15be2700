#!/usr/bin/env python3
"""Recomputes feedback.json: small float64 examples of feedback that learns or has the signs of the weights.

    python3 feedback.py            (needs numpy) writes the file beside this script anew
    python3 feedback.py --check    compares: 1e-12

Networks, operations and conventions are those of architectures.py. What is given (networks, parameters,
examples, feedback at the start, rates) stays; every other number is made again.

kp     T steps in which a weight and its feedback, of the weight's shape, take the same step and decay.
dkp    T steps of direct feedback errors e_N Psi_l^T, in which Psi_l moves by h_l^T e_N / B.
dkp_pc  one step of predictive coding that starts from direct feedback: hidden weights move by e_N Psi_l^T at rate
       eta1; T synchronous steps of the states, from the former feed-forward pass under the moved weights;
       all weights move by the errors there at rate eta2, Psi_l by v_l^T e_N / B at rate eta_psi.
sign_symmetric   one pass of feedback errors through sign(W) rms(W) ("usf"), sign(W) |mag| ("frsf").
"""

import json
import pathlib
import sys

import numpy as np

import architectures as arch

FILE = pathlib.Path(__file__).with_name("feedback.json")


def errors(net, h, e, B):
    """Errors of all units, where B[l] has other weights for operations of unit l."""
    delta = [None] * net.last + [e]
    for l in range(net.last, 1, -1):
        through = {j: dict(p, **B[l].get(j, {})) for j, p in net.P[l].items()}
        delta[l - 1] = net.pull(l, h[l - 1], delta[l], through)[0]
    return delta


def stepped(P, gradient, rate, decay):
    """Parameters a step further; weights decay, biases do not."""
    keep = {"W": 1 - rate * decay}
    return {j: {k: keep.get(k, 1) * a - rate * gradient[j][k] for k, a in p.items()} for j, p in P.items()}


def moved(net, gradients, rate, decay):
    return [None] + [stepped(net.P[l], gradients[l], rate, decay) for l in net.all]


def feedback_pass(net, x, y, B):
    h = net.forward(x)
    delta = errors(net, h, y - h[-1], B)
    return h, delta, net.gradients(h, delta)


def kolen_pollack(spec, P, x, y, given):
    B, rate, decay = arch.numbered(given["B"]), given["eta"], given["lam"]
    made = {}
    for step in range(given["T"]):
        net = arch.Net(spec, P)
        _, delta, gradients = feedback_pass(net, x, y, B)
        if step == 0:
            made = dict(delta_first=delta[1:], grad_first=gradients[1:])
        P = moved(net, gradients, rate, decay)
        B = [None] + [stepped(B[l], gradients[l], rate, decay) for l in net.all]
    return dict(given, **made, params=P[1:], B_final=B[1:])


def direct_kolen_pollack(spec, P, x, y, given):
    Psi, rate, own, decay = given["Psi"], given["eta"], given["eta_psi"], given["lam"]
    Psi = [None] + [np.array(p) for p in Psi]
    for _ in range(given["T"]):
        net = arch.Net(spec, P)
        h = net.forward(x)
        e = y - h[-1]
        d = [None] + [(e @ Psi[l].T).reshape(h[l].shape) for l in net.hidden] + [e]
        P = moved(net, net.gradients(h, d), rate, decay)
        for l in net.hidden:
            Psi[l] = (1 - own * decay) * Psi[l] + own / len(x) * arch.flat(h[l]).T @ e
    return dict(given, params=P[1:], Psi_final=Psi[1:])


def direct_start(spec, P, x, y, given):
    Psi = [None] + [np.array(p) for p in given["Psi"]]
    net = arch.Net(spec, P)
    h = net.forward(x)
    e = y - h[-1]
    d = [None] + [(e @ Psi[l].T).reshape(h[l].shape) for l in net.hidden] + [0 * e]
    moved_net = arch.Net(spec, moved(net, net.gradients(h, d), given["eta1"], 0))
    v = list(h)
    for _ in range(given["T"]):
        errors_now = local_errors(moved_net, v, y)
        back = [None] + [moved_net.pull(l + 1, v[l], errors_now[l + 1])[0] for l in net.hidden]
        for l in net.hidden:
            v[l] = v[l] - given["alpha"] * (errors_now[l] - back[l])
    settled = local_errors(moved_net, v, y)
    final = moved(moved_net, moved_net.gradients(v, settled), given["eta2"], 0)
    for l in net.hidden:
        Psi[l] = Psi[l] + given["eta_psi"] / len(x) * arch.flat(v[l]).T @ settled[-1]
    return dict(
        given,
        params_after_dfa=moved_net.P[1:],
        v=[v[l] for l in net.hidden],
        e=settled[1:],
        params=final[1:],
        Psi_final=Psi[1:],
    )


def local_errors(net, v, y):
    made = [None] + [net.unit(l, v[l - 1]) for l in net.all]
    return [None] + [v[l] - made[l] for l in net.hidden] + [y - made[-1]]


def sign_symmetric(net, x, y, given):
    mag = arch.numbered(given["mag"])
    kinds = {
        "usf": lambda W, M: np.sign(W) * np.sqrt((W**2).mean()),
        "frsf": lambda W, M: np.sign(W) * abs(M),
    }
    made = dict(mag=given["mag"])
    for kind, form in kinds.items():
        B = [None] + [{j: {"W": form(net.P[l][j]["W"], m["W"])} for j, m in mag[l].items()} for l in net.all]
        _, delta, gradients = feedback_pass(net, x, y, B)
        made[kind] = dict(B=B[1:], delta=delta[1:], grad=gradients[1:])
    return made


def network(given):
    P, spec = arch.numbered(given["params"]), given["spec"]
    x, y = np.array(given["X"]), np.array(given["Y"])
    return dict(
        {key: given[key] for key in ("spec", "params", "X", "Y")},
        kp=kolen_pollack(spec, P, x, y, given["kp"]),
        dkp=direct_kolen_pollack(spec, P, x, y, given["dkp"]),
        dkp_pc=direct_start(spec, P, x, y, given["dkp_pc"]),
        sign_symmetric=sign_symmetric(arch.Net(spec, P), x, y, given["sign_symmetric"]),
    )


def main():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    made = arch.plain({name: network(given) for name, given in file.items()})
    if "--check" in sys.argv[1:]:
        deviation, where = arch.worst(made, file, 1e-12)
        print(f"{where}: {deviation:.2g} of its tolerance")
        sys.exit(not deviation <= 1)
    FILE.write_text(arch.render(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
