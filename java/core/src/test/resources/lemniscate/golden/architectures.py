#!/usr/bin/env python3
"""Recomputes architectures.json: small float64 examples of convolutional and residual networks.

    python3 architectures.py            (needs numpy) writes the file beside this script anew
    python3 architectures.py --check    compares: 1e-10, of equilibria 1e-8

What is given there (networks, parameters, examples, maps, noise, rates) stays; every other number is made
again, the short way, with full states and no reuse between steps, so that it can be checked by eye against
the equations. It shares no code with the engine.

Network.  A chain of units l = 1..N, v_l = f_l(v_{l-1}), v_0 = X. A unit is a list of operations; each names
what it reads in "refs": -1 is the unit's input, j >= 0 the result of operation j. The last is f_l. Python lists
over units have slot 0 for the input, or None. Images are [sample][row][column][channel].

Sign and size.  Errors point where the network should move: e_N = -d loss / d f; for hidden units state minus
prediction or target minus activity. Losses and energies are sums over the batch, gradients means of descent.
"""

import json
import pathlib
import sys

import numpy as np

FILE = pathlib.Path(__file__).with_name("architectures.json")

ACTIVATIONS = {  # name -> (phi, phi')
    "linear": (lambda u: u, np.ones_like),
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "relu": (lambda u: np.maximum(u, 0), lambda u: (u > 0).astype(float)),
}


# ---------------------------------------------------------------- operations


def taps(shape, k, stride):
    """For each pixel (i, j) of a k x k window, in order, where the places of an image see it."""
    down, across = ((n - k) // stride + 1 for n in shape[1:3])
    for i in range(k):
        for j in range(k):
            yield np.s_[:, i : i + stride * (down - 1) + 1 : stride, j : j + stride * (across - 1) + 1 : stride]


def padded(x, pad):
    return np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def patches(x, k, stride, pad=0):
    """What each place sees, [sample][row][column][(i, j, channel)]."""
    x = padded(x, pad)
    return np.concatenate([x[tap] for tap in taps(x.shape, k, stride)], axis=-1)


def convolve(x, W, stride, pad):
    """u_p = sum_t W_t x_t(p) over the taps t."""
    k = W.shape[1]
    x = padded(x, pad)
    return sum(x[tap] @ W[:, t // k, t % k].T for t, tap in enumerate(taps(x.shape, k, stride)))


def convolve_back(d, W, shape, stride, pad):
    """The transposed convolution: what each pixel gave to the places that see it."""
    k = W.shape[1]
    back = padded(np.zeros(shape), pad)
    for t, tap in enumerate(taps(back.shape, k, stride)):
        back[tap] += d @ W[:, t // k, t % k]
    return back[:, pad : pad + shape[1], pad : pad + shape[2]]


def convolution_gradient(d, x, k, stride, pad):
    """d (d . convolve(x, W)) / d W."""
    x = padded(x, pad)
    columns = [np.tensordot(d, x[tap], ((0, 1, 2), (0, 1, 2))) for tap in taps(x.shape, k, stride)]
    return np.stack(columns, axis=1).reshape(d.shape[-1], k, k, -1)


def seen(op, x):
    """The pixels of each place along a first axis, for pools."""
    return np.stack([x[tap] for tap in taps(x.shape, op["k"], op["st"])])


def normal(op, x):
    centred = x - x.mean(-1, keepdims=True) if op["center"] else x
    deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + op["eps"])
    return centred / deviation, deviation


def apply(op, p, x, y=None):
    """Value of an operation with parameters p."""
    b = p.get("b", 0)
    match op["op"]:
        case "Lin":
            return op["a"] * (x @ p["W"].T) + b
        case "Conv":
            return op["a"] * convolve(x, p["W"], op["st"], op["pad"]) + b
        case "Act":
            return ACTIVATIONS[op["n"]][0](x)
        case "AvgPool":
            return seen(op, x).mean(0)
        case "MaxPool":
            return seen(op, x).max(0)
        case "Gap":
            return x.mean((1, 2))
        case "Flat":
            return x.reshape(len(x), -1)
        case "Norm":
            return normal(op, x)[0] * p["g"] + b
        case "Add":
            return op["c0"] * x + op["c1"] * y


def pull(op, p, d, x, y=None):
    """Transposed derivative: errors d of the value, seen at each input; and d (d . value) / d p."""
    over_rows = tuple(range(d.ndim - 1))
    gradient = {"b": d.sum(over_rows)} if "b" in p else {}
    match op["op"]:
        case "Lin":
            gradient["W"] = op["a"] * np.tensordot(d, x, (over_rows, over_rows))
            return [op["a"] * (d @ p["W"])], gradient
        case "Conv":
            window = (op["st"], op["pad"])
            gradient["W"] = op["a"] * convolution_gradient(d, x, op["k"], *window)
            return [op["a"] * convolve_back(d, p["W"], x.shape, *window)], gradient
        case "Act":
            return [d * ACTIVATIONS[op["n"]][1](x)], {}
        case "AvgPool":
            back = np.zeros(x.shape)
            for tap in taps(x.shape, op["k"], op["st"]):
                back[tap] += d / op["k"] ** 2
            return [back], {}
        case "MaxPool":
            back, first = np.zeros(x.shape), seen(op, x).argmax(0)
            for t, tap in enumerate(taps(x.shape, op["k"], op["st"])):
                back[tap] += np.where(first == t, d, 0)
            return [back], {}
        case "Gap":
            return [np.ones(x.shape) * d[:, None, None] / (x.shape[1] * x.shape[2])], {}
        case "Flat":
            return [d.reshape(x.shape)], {}
        case "Norm":
            n, deviation = normal(op, x)
            gradient["g"] = (d * n).sum(over_rows)
            q = d * p["g"]
            mean = q.mean(-1, keepdims=True) if op["center"] else 0
            return [(q - mean - n * (q * n).mean(-1, keepdims=True)) / deviation], gradient
        case "Add":
            return [op["c0"] * d, op["c1"] * d], {}


# ---------------------------------------------------------------- networks


def softmax(f):
    p = np.exp(f - f.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def loss_of(loss, f, y):
    return ((y - f) ** 2).sum() / 2 if loss == "mse" else -(y * np.log(softmax(f))).sum()


def output_error(loss, f, y):
    return y - (f if loss == "mse" else softmax(f))


class Net:
    """A chain of units with parameters P[l] = {operation: {name: array}}, l = 1..N."""

    def __init__(self, spec, P):
        self.units, self.P = [None] + [unit["ops"] for unit in spec], P
        self.residual = [None] + [unit["kind"] == "res" for unit in spec]
        self.last = len(spec)

    hidden = property(lambda self: range(1, self.last))
    all = property(lambda self: range(1, self.last + 1))

    def results(self, l, x):
        """What each operation of unit l gives."""
        results = []
        for j, op in enumerate(self.units[l]):
            results.append(apply(op, self.P[l].get(j, {}), *self.inputs(op, x, results)))
        return results

    @staticmethod
    def inputs(op, x, results):
        return [x if ref < 0 else results[ref] for ref in op["refs"]]

    def unit(self, l, x):
        return self.results(l, x)[-1]

    def pull(self, l, x, d, weights=None):
        """Error d of unit l at its input x, through other weights or its own; and d (d . f_l(x)) / d P_l."""
        results, gradients = self.results(l, x), {}
        errors = [np.zeros_like(r) for r in results[:-1]] + [d]
        back = np.zeros_like(x)
        for j, op in reversed(list(enumerate(self.units[l]))):
            inputs = self.inputs(op, x, results)
            below, gradient = pull(op, (weights or self.P[l]).get(j, {}), errors[j], *inputs)
            if gradient:
                gradients[j] = gradient
            for ref, error in zip(op["refs"], below):
                if ref < 0:
                    back = back + error
                else:
                    errors[ref] = errors[ref] + error
        return back, gradients

    def forward(self, x, added=None):
        """States from the input up; added[l] is added to each hidden prediction."""
        v = [x]
        for l in self.all:
            v.append(self.unit(l, v[-1]) + (added[l] if added and l < self.last else 0))
        return v

    def carried(self, v, error):
        """An error of the output at every unit, through the derivatives at the states v."""
        delta = [None] * self.last + [error]
        for l in reversed(self.hidden):
            delta[l] = self.pull(l + 1, v[l], delta[l + 1])[0]
        return delta

    def gradients(self, v, d):
        """Descent for errors d_l of units that read v_{l-1}."""
        return [None] + [scaled(-1 / len(v[0]), self.pull(l, v[l - 1], d[l])[1]) for l in self.all]


def scaled(factor, parameters):
    return {j: {k: factor * a for k, a in arrays.items()} for j, arrays in parameters.items()}


def back_propagation(net, x, y, loss="mse"):
    h = net.forward(x)
    delta = net.carried(h, output_error(loss, h[-1], y))
    return dict(loss=loss_of(loss, h[-1], y), delta=delta[1:], grad=net.gradients(h, delta)[1:])


# ---------------------------------------------------------------- predictive coding


class PredictiveCoding:
    """F = sum_{l<N} gamma_l/2 |v_l - f_l(v_{l-1})|^2 + gamma_N loss(f_N(v_{N-1})), from the feed-forward pass."""

    def __init__(self, net, x, y, gamma, loss="mse"):
        self.net, self.y, self.gamma, self.loss = net, y, [None] + list(gamma), loss
        self.v = net.forward(x)[:-1]
        self.energies = []

    def errors(self):
        e = [None] + [self.v[l] - self.net.unit(l, self.v[l - 1]) for l in self.net.hidden]
        return e + [output_error(self.loss, self.net.unit(self.net.last, self.v[-1]), self.y)]

    def energy(self):
        e = self.errors()
        hidden = sum(self.gamma[l] * (e[l] ** 2).sum() / 2 for l in self.net.hidden)
        output = self.net.unit(self.net.last, self.v[-1])
        return hidden + self.gamma[-1] * loss_of(self.loss, output, self.y)

    def slope(self, l, v, e):
        """dF/dv_l from errors e, with derivatives at v."""
        return self.gamma[l] * e[l] - self.net.pull(l + 1, v[l], self.gamma[l + 1] * e[l + 1])[0]

    def jacobi(self, rate, steps):
        for _ in range(steps):
            self.energies.append(self.energy())
            e = self.errors()
            self.v = self.v[:1] + [self.v[l] - rate * self.slope(l, self.v, e) for l in self.net.hidden]
        self.energies.append(self.energy())
        return self

    def sequential(self, rate, sweeps):
        for l in list(reversed(self.net.hidden)) * sweeps:
            self.energies.append(self.energy())
            self.v[l] = self.v[l] - rate * self.slope(l, self.v, self.errors())
        self.energies.append(self.energy())
        return self

    def gradients(self, e=None, weighted=True):
        e = e or self.errors()
        weights = self.gamma if weighted else [1] * len(self.gamma)
        return self.net.gradients(self.v, [None] + [weights[l] * e[l] for l in self.net.all])[1:]

    def record(self, **more):
        return dict(v=self.v[1:], e=self.errors()[1:], grad_weighted=self.gradients(), **more)

    def hidden_record(self, **more):
        made = self.record(**more)
        return dict(made, e=made["e"][:-1])

    # Error coordinates: the e_l are the variables, v_l = f_l(v_{l-1}) + e_l from the input up.

    def with_errors(self, e):
        self.v = self.net.forward(self.v[0], e)[:-1]
        return self

    def error_slopes(self, e):
        """dF/de_l."""
        delta = self.net.carried(self.v, self.errors()[-1])
        return [None] + [self.gamma[l] * e[l] - self.gamma[-1] * delta[l] for l in self.net.hidden]

    def no_errors(self):
        return [None] + [np.zeros_like(v) for v in self.v[1:]]

    def error_steps(self, rate, steps):
        e = self.no_errors()
        for _ in range(steps):
            g = self.error_slopes(e)
            e = [None] + [e[l] - rate * g[l] for l in self.net.hidden]
            self.with_errors(e)
        return self

    def equilibrium(self, rate=0.5, tolerance=1e-13):
        """Descent in error coordinates; the rate is halved where F would rise by more than its rounding."""
        e, energy = self.no_errors(), self.energy()
        for _ in range(20_000):
            g = self.error_slopes(e)
            if largest(g) <= tolerance * largest(e):
                break
            moved = [None] + [e[l] - rate * g[l] for l in self.net.hidden]
            moved_energy = self.with_errors(moved).energy()
            if moved_energy <= energy * (1 + 1e-14):
                e, energy = moved, moved_energy
            else:
                rate /= 2
                self.with_errors(e)
        return self


def largest(arrays):
    return max(np.abs(a).max() for a in arrays[1:])


def fixed_prediction(net, x, y, gamma, rate, steps):
    """Errors alone move; predictions and derivatives stay those of the feed-forward pass."""
    pc = PredictiveCoding(net, x, y, gamma)
    e = pc.no_errors() + [pc.errors()[-1]]
    for _ in range(steps):
        e = [None] + [e[l] - rate * pc.slope(l, pc.v, e) for l in net.hidden] + [e[-1]]
    return dict(e=e[1:], grad_weighted=pc.gradients(e))


def incremental(net, x, y, gamma, rate, lr, steps):
    """States and parameters move together, from the same errors."""
    pc = PredictiveCoding(net, x, y, gamma)
    for _ in range(steps):
        e, gradients = pc.errors(), pc.gradients()
        pc.v = pc.v[:1] + [pc.v[l] - rate * pc.slope(l, pc.v, e) for l in net.hidden]
        stepped = [None]
        for p, g in zip(net.P[1:], gradients):
            stepped.append({j: {k: a - lr * g[j][k] for k, a in arrays.items()} for j, arrays in p.items()})
        pc.net = net = with_parameters(net, stepped)
    return dict(params=net.P[1:], v=pc.v[1:])


def with_parameters(net, P):
    other = Net([], P)
    other.units, other.residual, other.last = net.units, net.residual, net.last
    return other


def linear_equilibrium(net, x, y, gamma):
    """With J_l = df/dv_l: S = 1/gamma_N + sum_l J_l J_l^T / gamma_l and e_l = J_l^T S^-1 (y - f) / gamma_l."""
    f, classes = net.forward(x)[-1], y.shape[1]
    # One pass of as many examples as there are outputs; where it is taken does not matter.
    unit_errors = net.carried(net.forward(np.zeros((classes,) + x.shape[1:])), np.eye(classes))
    J = [None] + [unit_errors[l].reshape(classes, -1) for l in net.hidden]
    S = np.eye(classes) / gamma[-1] + sum(J[l] @ J[l].T / gamma[l - 1] for l in net.hidden)
    solved = np.linalg.solve(S, (y - f).T).T
    pc = PredictiveCoding(net, x, y, gamma)
    pc.with_errors([None] + [(solved @ J[l] / gamma[l - 1]).reshape(pc.v[l].shape) for l in net.hidden])
    return pc.record(S=S, J=J[1:], F=((y - f) * solved).sum() / 2)


# ---------------------------------------------------------------- targets


def flat(x):
    return x.reshape(len(x), -1)


def ridge(D, h, below, damping, prior=False):
    """D Q^T with the Q that minimises sum |below - h Q^T|^2 + damping |Q - Q_0|^2, Q_0 = 1 or 0: over samples."""
    move, h, image = flat(D), flat(h), flat(below)
    weights = move @ h.T @ np.linalg.inv(h @ h.T + damping * np.eye(len(h)))
    return (move + weights @ (image - h) if prior else weights @ image).reshape(below.shape)


def channel_ridge(h, below, damping):
    """The Q (patch, channels) that maps a place of h to the s x s places of the finer image below it."""
    s = stride_between(h.shape, below.shape)
    fine = np.zeros((len(h), s * h.shape[1], s * h.shape[2], below.shape[3]))
    fine[:, : below.shape[1], : below.shape[2]] = below
    A, H = (a.reshape(-1, a.shape[-1]) for a in (patches(fine, s, s), h))
    return A.T @ H @ np.linalg.inv(H.T @ H + damping * np.eye(H.shape[1]))


def stride_between(coarse, fine):
    return -(-fine[1] // coarse[1])


def spread(D, Q, shape):
    s = stride_between(D.shape, shape)
    W = Q.T.reshape(-1, s, s, shape[3])
    fine = (shape[0], s * D.shape[1], s * D.shape[2], shape[3])
    return convolve_back(D, W, fine, s, 0)[:, : shape[1], : shape[2]]


def target_propagation(net, x, y, mode, hidden_damping, top_damping):
    """D_N = y - f, D_{l-1} from D_l by a map fitted to the feed-forward pass."""
    h = net.forward(x)
    D = [None] * net.last + [y - h[-1]]
    for l in range(net.last, 1, -1):
        damping = top_damping if l == net.last else hidden_damping * flat(h[l]).shape[1]
        if mode == "ident" and net.residual[l]:
            D[l - 1] = D[l]
        elif mode == "chan" and h[l].ndim == 4:
            Q = channel_ridge(h[l], h[l - 1], hidden_damping * h[l].shape[3])
            D[l - 1] = spread(D[l], Q, h[l - 1].shape)
        else:
            D[l - 1] = ridge(D[l], h[l], h[l - 1], damping, mode == "identridge" and net.residual[l])
    return dict(D=D[1:], grad=net.gradients(h, D)[1:])


def target_record(net, x, y, given):
    dampings = given["mu_hidden_per_unit"], given["mu_top"]
    made = dict(given)
    for mode in given:
        if mode in ("ridge", "chan", "ident", "identridge"):
            made[mode] = target_propagation(net, x, y, mode, *dampings)
    if "chan" in made:
        h = net.forward(x)
        made["chan"]["Q_node2"] = channel_ridge(h[2], h[1], dampings[0] * h[2].shape[3])
    return made


def local_difference_loss(net, x, given):
    """-eps . g(f(h + eps) - f(h)) + |g(eta)|^2 / 2 of unit 2, g the transposed convolution with Q; its slope."""
    Q, eps, eta = (np.array(given[k]) for k in ("Q", "eps", "eta"))
    op, h = net.units[2][0], net.forward(x)[1]
    window = (op["st"], op["pad"])
    moved = net.unit(2, h + eps) - net.unit(2, h)
    r = convolve_back(eta, Q, h.shape, *window)
    loss = (-(eps * convolve_back(moved, Q, h.shape, *window)).sum() + (r**2).sum() / 2) / len(x)
    slope = convolution_gradient(eta, r, op["k"], *window) - convolution_gradient(moved, eps, op["k"], *window)
    return dict(given, loss=loss, gradQ=slope / len(x))


def gauss_newton(net, x, y):
    """d_l = J_l^+ (y - f) for each sample, J_l = df/dh_l."""
    h = net.forward(x)
    e = y - h[-1]
    rows = [net.carried(h, np.tile(seed, (len(x), 1))) for seed in np.eye(y.shape[1])]
    d = [None]
    for l in net.hidden:
        J = np.stack([flat(row[l]) for row in rows], axis=1)
        d.append(np.stack([np.linalg.pinv(J[b]) @ e[b] for b in range(len(x))]).reshape(h[l].shape))
    d.append(e)
    return dict(d=d[1:], grad=net.gradients(h, d)[1:])


# ---------------------------------------------------------------- feedback alignment, forward-only rules


def feedback_alignment(net, x, y, given):
    """Backpropagation with B in the place of every W on the way down."""
    B, h = numbered(given["B"]), net.forward(x)
    delta = [None] * net.last + [y - h[-1]]
    for l in reversed(net.hidden):
        delta[l] = net.pull(l + 1, h[l], delta[l + 1], B[l + 1])[0]
    return dict(given, delta=delta[1:], grad=net.gradients(h, delta)[1:])


def direct_feedback(net, x, y, given):
    """delta_l = e B_l^T."""
    h = net.forward(x)
    e = y - h[-1]
    delta = [None] + [(e @ np.array(given["B"][l - 1]).T).reshape(h[l].shape) for l in net.hidden] + [e]
    return dict(given, delta=delta[1:], grad=net.gradients(h, delta)[1:])


def pepita(net, x, given, stream):
    """Second pass from x + s F e, e = softmax(f) - y; every weight learns from the difference of the two passes
    behind its activation (stream: behind its residual unit), at the output from e, and what it reads in the second."""
    y, F = np.array(given["Y"]), np.array(given["F"])
    h = net.forward(x)
    e = softmax(h[-1]) - y
    second = net.forward(x + given["s"] * (e @ F.T).reshape(x.shape))
    gradients = []
    for l in net.all:
        first_pass, second_pass = net.results(l, h[l - 1]), net.results(l, second[l - 1])
        unit = {}
        for j, op in enumerate(net.units[l]):
            if j not in net.P[l]:
                continue
            if l == net.last:
                d = e
            elif stream and net.residual[l]:
                d = h[l] - second[l]
            else:
                d = first_pass[j + 1] - second_pass[j + 1]
            unit[j] = pull(op, net.P[l][j], d, *net.inputs(op, second[l - 1], second_pass))[1]
        gradients.append(scaled(1 / len(x), unit))
    made = dict(given, e=e, h_tilde=second[1:])
    made["grad_without_beta" if "grad_without_beta" in given else "grad"] = gradients
    return dict(made, h=h[1:]) if "h" in given else made


def forward_forward(net, x, given):
    """Goodness g = mean h^2 of each sample with logit g - theta; each unit reads the one below over its rms."""
    sign, goodness, gradients = np.array(given["sign"]), [], []
    for l in (1, 2):
        h = net.unit(l, x)
        g = (flat(h) ** 2).mean(1)
        wrong = sign / (1 + np.exp(sign * (g - given["theta"])))
        broadcast = (-1,) + (1,) * (h.ndim - 1)
        d = 2 * wrong.reshape(broadcast) * h
        gradients.append(scaled(-1 / len(x), net.pull(l, x, d)[1]))
        goodness.append(g)
        x = h / np.sqrt(g).reshape(broadcast)
    return dict(given, goodness=goodness, grad=gradients)


# ---------------------------------------------------------------- the file


def primitive(name, given, x):
    """An operation by its name: value, transposed derivative, difference."""
    if name == "im2col_k3_s2_p1":
        return patches(x, 3, 2, 1)
    p = {k: np.array(a) for k, a in given.get("params", {}).items()}
    if name.startswith("conv"):
        k, stride, pad = (int(part[1:]) for part in name.split("_")[1:])
        op, p = {"op": "Conv", "k": k, "st": stride, "pad": pad, "a": 1}, {"W": np.array(given["W"])}
    elif "norm" in name:
        op = {"op": "Norm", "center": name == "layernorm", "eps": 1e-5}
    elif name == "gap":
        op = {"op": "Gap"}
    else:
        kind, extent = {"avg": "AvgPool", "max": "MaxPool"}[name[:3]], int(name[7])
        op = {"op": kind, "k": extent, "st": 2}
    made = dict(given, y=apply(op, p, x))
    (made["vjp_x"],), gradient = pull(op, p, np.array(given["d"]), x)
    if "z" in given:
        made["diff"] = apply(op, p, x + np.array(given["z"])) - apply(op, p, x)
    if name.startswith("conv"):
        made["vjp_W"] = gradient["W"]
    elif gradient:
        made["vjp_params"] = gradient
    if "argmax" in given:
        made["argmax"] = seen(op, x).argmax(0)
    return made


def numbered(units):
    """Parameters of the file: slot 0, numbers for operations, arrays."""
    return [None] + [{int(j): {k: np.array(a) for k, a in p.items()} for j, p in unit.items()} for unit in units]


def network(given):
    """An example with all that follows from its network, parameters, batch and settings."""
    net = Net(given["spec"], numbered(given["params"]))
    x, y, gamma = np.array(given["X"]), np.array(given["Y"]), given["gamma"]

    def pc():
        return PredictiveCoding(net, x, y, gamma)

    def jacobi(g):
        moved = pc().jacobi(g["alpha"], g["T"])
        return dict(g, **moved.record(F=moved.energies, grad_unweighted=moved.gradients(weighted=False)))

    def sequential(g):
        moved = pc().sequential(g["alpha"], g["n"])
        return dict(g, **moved.record(F=moved.energies))

    def error_coordinates(g):
        return dict(g, **pc().error_steps(g["alpha"], g["T"]).hidden_record())

    def equilibrium(g):
        rest = PredictiveCoding(net, x, y, g["gamma"]).equilibrium()
        return dict(g, **rest.hidden_record(F=rest.energy()))

    def cross_entropy(g):
        labels = np.array(g["Y"])
        moved = PredictiveCoding(net, x, labels, gamma, "ce").jacobi(g["jacobi"]["alpha"], g["jacobi"]["T"])
        return dict(g, **back_propagation(net, x, labels, "ce"), jacobi=dict(g["jacobi"], **moved.record()))

    bp = back_propagation(net, x, y)
    made = {
        "forward": lambda g: net.forward(x)[1:],
        "loss": lambda g: bp["loss"],
        "bp": lambda g: dict(delta=bp["delta"], grad=bp["grad"]),
        "pc_jacobi": jacobi,
        "pc_si": sequential,
        "pc_fpa": lambda g: dict(g, **fixed_prediction(net, x, y, gamma, g["alpha"], g["T"])),
        "pc_error_coordinates": error_coordinates,
        "ipc": lambda g: dict(g, **incremental(net, x, y, gamma, g["alpha"], g["lr"], g["T"])),
        "pc_equilibrium": equilibrium,
        "closed_form": lambda g: linear_equilibrium(net, x, y, gamma),
        "ce": cross_entropy,
        "tp": lambda g: target_record(net, x, y, g),
        "ldrl_node2": lambda g: local_difference_loss(net, x, g),
        "gnt": lambda g: gauss_newton(net, x, y),
        "fa": lambda g: feedback_alignment(net, x, y, g),
        "dfa": lambda g: direct_feedback(net, x, y, g),
        "pepita": lambda g: pepita(net, x, g, stream=False),
        "pepita_branch": lambda g: pepita(net, x, g, stream=False),
        "pepita_stream": lambda g: pepita(net, x, g, stream=True),
        "ff_first_two_nodes": lambda g: forward_forward(net, x, g),
    }
    given_alone = ("spec", "params", "X", "Y", "gamma")
    return {key: value if key in given_alone else made[key](value) for key, value in given.items()}


def recomputed(file):
    made = {"meta": file["meta"], "primitives": {}}
    x = np.array(file["primitives"]["x"])
    for name, given in file["primitives"].items():
        made["primitives"][name] = given if name == "x" else primitive(name, given, x)
    for name, given in file.items():
        if name not in made:
            made[name] = network(given)
    return plain(made)


def plain(value):
    """numpy values as lists and numbers, keys as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def worst(found, expected, tolerance, where=""):
    """Largest deviation over its tolerance, and where; the shapes must be the same."""
    if isinstance(expected, dict):
        if set(found) != set(expected):
            sys.exit(f"{where}: {sorted(found)}, expected {sorted(expected)}")
        pairs = [(found[key], expected[key], key) for key in expected]
    elif isinstance(expected, list):
        if len(found) != len(expected):
            sys.exit(f"{where}: {len(found)} elements, expected {len(expected)}")
        pairs = [(a, b, str(i)) for i, (a, b) in enumerate(zip(found, expected))]
    elif isinstance(expected, (int, float)) and not isinstance(expected, bool):
        return abs(found - expected) / (1e-8 if "pc_equilibrium" in where else tolerance), where
    else:
        return (0 if found == expected else np.inf), where
    return max((worst(a, b, tolerance, f"{where}/{key}") for a, b, key in pairs), default=(0, where))


def render(value, indent="", depth=0):
    """JSON with a line for every array, so that a change shows as one in a diff."""
    if not isinstance(value, dict) or depth == 3:
        return json.dumps(value, separators=(",", ":"))
    inner = indent + " "
    items = (f"{inner}{json.dumps(key)}: {render(item, inner, depth + 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + "\n" + indent + "}"


def main():
    file = json.loads(FILE.read_text(encoding="utf-8"))
    made = recomputed(file)
    if "--check" in sys.argv[1:]:
        deviation, where = worst(made, file, 1e-10)
        print(f"{where}: {deviation:.2g} of its tolerance")
        sys.exit(not deviation <= 1)
    FILE.write_text(render(made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
