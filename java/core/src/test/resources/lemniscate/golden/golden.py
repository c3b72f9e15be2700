#!/usr/bin/env python3
"""Writes golden.json: small float64 examples that every backend and learning rule must reproduce.

    python3 golden.py [FILE]        (needs numpy; FILE defaults to golden.json beside this script)

Everything is written the short way, with full states and no reuse between steps, so that it can be
checked by eye against the equations; it shares no code with the engine.

Network.  Rows are samples.  Layer l = 1..L has u_l = h_{l-1} W_l^T + b_l and h_l = phi_l(u_l), with h_0 = x
and the network output f = h_L.  Per-layer Python lists have length L + 1; slot 0 is the input or None.

Sign and size.  Errors point where the network should move: e_L = -d loss / d f, that is y - f for the
squared error 1/2 |y - f|^2 and y - softmax(f) for the cross entropy; for hidden layers state minus
prediction or target minus activity.  Losses and energies are sums over the batch, weight gradients means.
"""

import json
import pathlib
import sys
from dataclasses import dataclass

import numpy as np

ACTIVATIONS = {  # name -> (phi, phi')
    "linear": (lambda u: u, np.ones_like),
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "relu": (lambda u: np.maximum(u, 0), lambda u: (u > 0).astype(float)),
}


# ---------------------------------------------------------------- network, losses, gradients


@dataclass
class Net:
    """A fully connected network; W[l], b[l], acts[l] for l = 1..L and None in slot 0."""

    sizes: list
    acts: list
    W: list
    b: list

    @property
    def depth(self):
        return len(self.sizes) - 1

    @property
    def hidden(self):
        return range(1, self.depth)

    @property
    def layers(self):
        return range(1, self.depth + 1)

    def pre(self, l, x):
        return x @ self.W[l].T + self.b[l]

    def phi(self, l, u):
        return ACTIVATIONS[self.acts[l]][0](u)

    def dphi(self, l, u):
        return ACTIVATIONS[self.acts[l]][1](u)

    def layer(self, l, x):
        return self.phi(l, self.pre(l, x))

    def forward(self, x):
        u, h = [None], [x]
        for l in self.layers:
            u.append(self.pre(l, h[-1]))
            h.append(self.phi(l, u[-1]))
        return u, h

    def back(self, l, e, u):
        """Error e of layer l, whose pre-activation is u, carried to the outputs of layer l - 1."""
        return (e * self.dphi(l, u)) @ self.W[l]

    def describe(self, **more):
        return dict(sizes=self.sizes, acts=self.acts[1:], W=self.W[1:], b=self.b[1:], **more)


def example(seed, acts, sizes=(3, 5, 4, 2), batch=3):
    """A random network with biases, a batch of inputs, and targets for the squared error."""
    rng = np.random.default_rng(seed)
    shapes = list(zip(sizes[1:], sizes[:-1]))
    W = [rng.standard_normal(s) / np.sqrt(s[1]) for s in shapes]
    b = [0.1 * rng.standard_normal(n) for n in sizes[1:]]
    x = rng.standard_normal((batch, sizes[0]))
    y = rng.standard_normal((batch, sizes[-1]))
    return Net(list(sizes), [None, *acts], [None, *W], [None, *b]), x, y


def softmax(f):
    p = np.exp(f - f.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def loss_sum(loss, f, y):
    if loss == "mse":
        return 0.5 * np.sum((y - f) ** 2)
    shifted = f - f.max(axis=1, keepdims=True)
    return -np.sum(y * (shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))))


def output_error(loss, f, y):
    return y - f if loss == "mse" else y - softmax(f)


def local_gradients(net, e, u, x, scale=None):
    """Weight and bias gradients of local errors e at pre-activations u with presynaptic activities x."""
    gW, gb = [None], [None]
    for l in net.layers:
        d = (1.0 if scale is None else scale[l]) * e[l] * net.dphi(l, u[l])
        gW.append(-d.T @ x[l - 1] / len(d))
        gb.append(-d.mean(axis=0))
    return gW, gb


def gradient_record(gW, gb):
    return dict(gradW=gW[1:], gradb=gb[1:])


def back_propagation(net, x, y, loss="mse"):
    u, h = net.forward(x)
    delta = [None] * net.depth + [output_error(loss, h[-1], y)]
    for l in reversed(net.hidden):
        delta[l] = net.back(l + 1, delta[l + 1], u[l + 1])
    return delta, *local_gradients(net, delta, u, h)


# ---------------------------------------------------------------- predictive coding


class PredictiveCoding:
    """States v_l in activation space; prediction phi_l(W_l v_{l-1} + b_l); precisions gamma[l], l = 1..L.

    F = sum over the batch of sum_{l<L} gamma_l/2 |e_l|^2 + gamma_L loss(f(v_{L-1}), y)
    """

    def __init__(self, net, x, y, gamma, loss="mse"):
        self.net, self.x, self.y, self.gamma, self.loss = net, x, y, gamma, loss
        self.v = net.forward(x)[1][:-1]  # feed-forward start: no hidden error
        self.energies = []

    def errors(self):
        net = self.net
        u = [None] + [net.pre(l, self.v[l - 1]) for l in net.layers]
        e = [None] + [self.v[l] - net.phi(l, u[l]) for l in net.hidden]
        e.append(output_error(self.loss, net.phi(net.depth, u[-1]), self.y))
        return u, e

    def energy(self):
        u, e = self.errors()
        f = self.net.phi(self.net.depth, u[-1])
        hidden = sum(self.gamma[l] / 2 * np.sum(e[l] ** 2) for l in self.net.hidden)
        return hidden + self.gamma[-1] * loss_sum(self.loss, f, self.y)

    def state_gradient(self, l, u, e):
        return self.gamma[l] * e[l] - self.net.back(l + 1, self.gamma[l + 1] * e[l + 1], u[l + 1])

    def jacobi(self, rate, steps):
        """All states move at once, from the same errors."""
        for _ in range(steps):
            self.energies.append(self.energy())
            self.jacobi_step(rate)
        self.energies.append(self.energy())
        return self

    def jacobi_step(self, rate):
        u, e = self.errors()
        moves = [(l, rate * self.state_gradient(l, u, e)) for l in self.net.hidden]
        for l, move in moves:
            self.v[l] = self.v[l] - move

    def sequential(self, rate, sweeps):
        """Top-down sweeps; every state sees the errors that the moves before it left."""
        for _ in range(sweeps):
            for l in reversed(self.net.hidden):
                self.energies.append(self.energy())
                self.v[l] = self.v[l] - rate * self.state_gradient(l, *self.errors())
        self.energies.append(self.energy())
        return self

    def incremental(self, rate, learning_rate, steps):
        """States and weights move at every step, from the same errors; changes the network."""
        net = self.net
        for _ in range(steps):
            u, e = self.errors()
            gW, gb = self.gradients()
            moves = [(l, rate * self.state_gradient(l, u, e)) for l in net.hidden]
            for l, move in moves:
                self.v[l] = self.v[l] - move
            for l in net.layers:
                net.W[l] = net.W[l] - learning_rate * gW[l]
                net.b[l] = net.b[l] - learning_rate * gb[l]
        return self

    def gradients(self, weighted=True):
        u, e = self.errors()
        return local_gradients(self.net, e, u, self.v, self.gamma if weighted else None)

    def record(self, **more):
        e = self.errors()[1]
        return dict(v=self.v[1:], e=e[1:], **gradient_record(*self.gradients()), **more)


def fixed_prediction(net, x, y, gamma, rate, steps):
    """Errors relax while predictions, slopes and presynaptic activities stay at the forward pass."""
    u, h = net.forward(x)
    e = [None] + [np.zeros_like(h[l]) for l in net.hidden] + [output_error("mse", h[-1], y)]
    for _ in range(steps):
        gradient = [
            gamma[l] * e[l] - net.back(l + 1, gamma[l + 1] * e[l + 1], u[l + 1]) for l in net.hidden
        ]
        for l in net.hidden:
            e[l] = e[l] - rate * gradient[l - 1]
    return e, *local_gradients(net, e, u, h, gamma)


def zero_divergence(net, x, y):
    """Z-IL: with rate and precisions 1, the gradient of layer L - t is the one after t Jacobi steps."""
    pc = PredictiveCoding(net, x, y, [None] + [1.0] * net.depth)
    gW, gb = [None] * (net.depth + 1), [None] * (net.depth + 1)
    for l in reversed(net.layers):
        all_W, all_b = pc.gradients()
        gW[l], gb[l] = all_W[l], all_b[l]
        pc.jacobi_step(1.0)
    return gW, gb


def pre_activation_convention(net, x, y, gamma, rate, steps):
    """The other common convention: states are pre-activations, prediction W_l phi(v_{l-1}) + b_l."""
    v = [x] + net.forward(x)[0][1:-1]

    def parts():
        pre = [x] + [net.phi(l, v[l]) for l in net.hidden]
        mu = [None] + [net.pre(l, pre[l - 1]) for l in net.layers]
        return pre, [None] + [v[l] - mu[l] for l in net.hidden] + [y - mu[-1]]

    def energy():
        return sum(gamma[l] / 2 * np.sum(e_l**2) for l, e_l in enumerate(parts()[1]) if l > 0)

    energies = []
    for _ in range(steps):
        energies.append(energy())
        e = parts()[1]
        for l in net.hidden:  # e is not recomputed inside the loop: all states move at once
            from_above = (gamma[l + 1] * e[l + 1]) @ net.W[l + 1]
            v[l] = v[l] - rate * (gamma[l] * e[l] - net.dphi(l, v[l]) * from_above)
    energies.append(energy())
    pre, e = parts()
    gW = [-(gamma[l] * e[l]).T @ pre[l - 1] / len(x) for l in net.layers]
    return dict(v=v[1:], e=e[1:], gradW=gW, energies=energies)


def linear_equilibrium(net, x, y, gamma):
    """The minimum of F of a linear network in closed form.

    With P_l = W_L ... W_{l+1} (from layer l to the output) and the forward residual r = y - f:
    C = sum_{l<L} gamma_L/gamma_l P_l P_l^T,  e_L = (I + C)^-1 r,  e_l = gamma_L/gamma_l P_l^T e_L,
    F = 1/2 r^T S^-1 r with S = (I + C)/gamma_L.
    """
    eye = np.eye(net.sizes[-1])
    P = [None] * net.depth + [eye]
    for l in reversed(net.hidden):
        P[l] = P[l + 1] @ net.W[l + 1]
    C = sum(gamma[-1] / gamma[l] * P[l] @ P[l].T for l in net.hidden)
    S = (eye + C) / gamma[-1]
    f = net.forward(x)[1][-1]
    top = np.linalg.solve(eye + C, (y - f).T).T
    e = [None] + [gamma[-1] / gamma[l] * top @ P[l] for l in net.hidden] + [top]
    v, u = [x], [None]
    for l in net.layers:
        u.append(net.pre(l, v[-1]))
        v.append(u[-1] + e[l])  # the last one is y
    F = 0.5 * np.sum((y - f) * np.linalg.solve(S, (y - f).T).T)
    gW, gb = local_gradients(net, e, u, v, gamma)
    return dict(C_gamma=C, S=S, v=v[1:-1], e=e[1:], F=F, **gradient_record(gW, gb))


# ---------------------------------------------------------------- targets


def gauss_newton_targets(net, x, y, damping=0.0):
    """Per sample dh_l = J^T (J J^T + damping I)^+ e_L with J = d f / d h_l."""
    u, h = net.forward(x)
    top = y - h[-1]
    dh = [None] + [np.empty_like(h[l]) for l in net.hidden] + [top]
    for s in range(len(x)):
        J = np.eye(net.sizes[-1])
        for l in reversed(net.hidden):
            J = (J * net.dphi(l + 1, u[l + 1][s])) @ net.W[l + 1]
            G = J @ J.T + damping * np.eye(len(J))
            dh[l][s] = J.T @ (np.linalg.solve(G, top[s]) if damping > 0 else np.linalg.pinv(G) @ top[s])
    return dh, *local_gradients(net, dh, u, h)


def ridge_feedback(below, above, damping):
    """Q minimising sum over the batch of |below - Q above|^2 + damping |Q|^2."""
    return np.linalg.solve(above.T @ above + damping * np.eye(above.shape[1]), above.T @ below).T


class Feedback:
    """Maps g_l(h) = psi_l(Q_l h + c_l) from layer l to layer l - 1, for l = 2..L."""

    def __init__(self, Q, c=None, psi=None):
        self.Q = Q
        self.c = c or {l: np.zeros(len(q)) for l, q in Q.items()}
        self.psi = psi or dict.fromkeys(Q, "linear")

    def pre(self, l, h):
        return h @ self.Q[l].T + self.c[l]

    def __call__(self, l, h):
        return ACTIVATIONS[self.psi[l]][0](self.pre(l, h))

    def slope(self, l, h):
        return ACTIVATIONS[self.psi[l]][1](self.pre(l, h))

    def gradient(self, l, terms, batch):
        """Gradients for Q_l and c_l from pairs (cotangent of g_l's value, point where it was taken)."""
        cotangents = [(q * self.slope(l, h), h) for q, h in terms]
        return sum(q.T @ h for q, h in cotangents) / batch, sum(q.sum(axis=0) for q, _ in cotangents) / batch


def targets_record(net, x, top, feedback, difference=True):
    """Targets from the top one downwards, plain or with difference correction, and their gradients."""
    u, h = net.forward(x)
    t = [None] * net.depth + [top]
    for l in range(net.depth, 1, -1):
        t[l - 1] = feedback(l, t[l])
        if difference:
            t[l - 1] = h[l - 1] + t[l - 1] - feedback(l, h[l])
    d = [None] + [t[l] - h[l] for l in net.layers]
    losses = [0.5 * np.sum(d[l] ** 2) for l in net.layers]
    return dict(targets=t[1:], **gradient_record(*local_gradients(net, d, u, h)), local_loss_sum=losses)


def reconstruction_loss(net, l, h, feedback, noise):
    """Difference target propagation: 1/2 |g_l(f_l(h_{l-1} + noise)) - (h_{l-1} + noise)|^2."""
    x = h[l - 1] + noise
    y = net.layer(l, x)
    r = feedback(l, y) - x
    gQ, gc = feedback.gradient(l, [(r, y)], len(x))
    return dict(loss=0.5 * np.sum(r**2) / len(x), gradQ=gQ, gradbias=gc)


def local_difference_loss(net, l, h, feedback, noise, noise_above):
    """L-DRL: -noise . (g(f(h + noise)) - g(f(h))) + 1/2 |g(f(h) + noise_above) - g(f(h))|^2."""
    y0, y1 = net.layer(l, h[l - 1]), net.layer(l, h[l - 1] + noise)
    y2 = y0 + noise_above
    along = feedback(l, y1) - feedback(l, y0)
    spread = feedback(l, y2) - feedback(l, y0)
    value = (-np.sum(noise * along) + 0.5 * np.sum(spread**2)) / len(y0)
    gQ, gc = feedback.gradient(l, [(-noise, y1), (noise, y0), (spread, y2), (-spread, y0)], len(y0))
    return dict(loss=value, gradQ=gQ, gradbias=gc)


def difference_reconstruction_loss(net, l, h, feedback, noise, decay):
    """DRL: noise in h_{l-1} runs to the output and back by difference-corrected feedback; g_l must find it.

    1/2 |g_l(t_l) - g_l(h_l) - noise|^2 + decay/2 |Q_l|^2; the gradient is that of g_l's own parameters.
    """
    t = h[l - 1] + noise
    for k in range(l, net.depth + 1):
        t = net.layer(k, t)
    for k in range(net.depth, l, -1):
        t = h[k - 1] + feedback(k, t) - feedback(k, h[k])
    r = feedback(l, t) - feedback(l, h[l]) - noise
    Q = feedback.Q[l]
    gQ, gc = feedback.gradient(l, [(r, t), (-r, h[l])], len(t))
    value = 0.5 * np.sum(r**2) / len(t) + 0.5 * decay * np.sum(Q**2)
    return dict(loss=value, gradQ=gQ + decay * Q, gradbias=gc)


# ---------------------------------------------------------------- feedback alignment


def feedback_alignment(net, x, y, loss, B, route):
    """Fixed maps in the place of transposed weights; delta_l is an error at the outputs of layer l.

    fa: B[l] is (n_{l-1}, n_l) and takes the place of W_l^T; dfa and drtp: B[l] is (n_l, n_L) and takes the
    output error or the target straight to layer l.
    """
    u, h = net.forward(x)
    top = output_error(loss, h[-1], y)
    delta = [None] * net.depth + [top]
    for l in reversed(net.hidden):
        if route == "fa":
            delta[l] = (delta[l + 1] * net.dphi(l + 1, u[l + 1])) @ B[l + 1].T
        else:
            delta[l] = (top if route == "dfa" else y) @ B[l].T
    gW, gb = local_gradients(net, delta, u, h)
    return dict(delta=delta[1:], **gradient_record(gW, gb))


# ---------------------------------------------------------------- PEPITA


class Pepita:
    """Two passes, the second at x + s F e, with e = prediction - target of the first (softmax under CE).

    Written as published, with two full passes; masks, one for each hidden layer, are shared by both. Biases
    are weights of a unit that is always 1.
    """

    def __init__(self, net, x, y, loss, F, sign, masks=None):
        self.net, self.x, self.y, self.masks = net, x, y, masks
        self.h = self.run(x)
        self.e = -output_error(loss, self.h[-1], y)
        self.said = y + self.e  # f, or softmax(f)
        self.xt = x + sign * self.e @ F.T
        self.F, self.sign = F, sign
        self.ht = self.run(self.xt)

    def run(self, x):
        h = [x]
        for l in self.net.layers:
            h.append(self.net.layer(l, h[-1]))
            if self.masks is not None and l < self.net.depth:
                h[-1] = h[-1] * self.masks[l - 1]
        return h

    def average(self, post, pre):
        """Gradients post_l^T pre_{l-1} and post_l^T 1, means over the batch."""
        gW = [post[l].T @ pre[l - 1] / len(self.x) for l in self.net.layers]
        gb = [post[l].mean(axis=0) for l in self.net.layers]
        return gW, gb

    def difference(self):
        """What each layer should lose: h - h~, at the output e."""
        return [None] + [self.h[l] - self.ht[l] for l in self.net.hidden] + [self.e]

    def modulated(self):
        return self.average(self.difference(), self.ht)

    def forward(self):
        return self.average(self.difference(), self.h)

    def first_phase(self):
        return self.average([None] + self.h[1:-1] + [self.said], self.h)

    def second_phase(self):
        gW, gb = self.average([None] + self.ht[1:-1] + [self.y], self.ht)
        return [-g for g in gW], [-g for g in gb]

    def hebbian(self):
        return [[p + q for p, q in zip(P, Q)] for P, Q in zip(self.first_phase(), self.second_phase())]

    def adaptive_feedback(self):
        """First order in F: the perturbation of h_l is carried forward by the weights' slopes."""
        net, u = self.net, self.net.forward(self.x)[0]
        d = [None, (self.sign * self.e @ (net.W[1] @ self.F).T) * net.dphi(1, u[1])]
        for l in net.hidden[1:]:
            d.append((d[-1] @ net.W[l].T) * net.dphi(l, u[l]))
        return self.average([None] + [-d[l] for l in net.hidden] + [self.e], self.h)


def moved(net, gradients, rate):
    gW, gb = gradients
    W = [None] + [net.W[l] - rate * gW[l - 1] for l in net.layers]
    b = [None] + [net.b[l] - rate * gb[l - 1] for l in net.layers]
    return Net(net.sizes, net.acts, W, b)


# ---------------------------------------------------------------- convolution (batch, channel, row, column)


def padded(x, pad):
    return np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def kernel_offsets(w, out_shape, stride):
    """For each kernel position (p, q): the strided view of the padded input that it multiplies."""
    rows, columns = out_shape[2:]
    for p in range(w.shape[2]):
        for q in range(w.shape[3]):
            yield p, q, slice(p, p + stride * rows, stride), slice(q, q + stride * columns, stride)


def conv_example(x, w, stride, pad, rng):
    """Cross-correlation y = w * x, a random cotangent d of y, and d's products with both Jacobians."""
    xp = padded(x, pad)
    side = [(n + 2 * pad - k) // stride + 1 for n, k in zip(x.shape[2:], w.shape[2:])]
    y = np.zeros((len(x), len(w), *side))
    offsets = list(kernel_offsets(w, y.shape, stride))
    for p, q, rows, columns in offsets:
        y += np.einsum("bcij,oc->boij", xp[:, :, rows, columns], w[:, :, p, q])
    d = rng.standard_normal(y.shape)
    grad_xp, grad_w = np.zeros_like(xp), np.zeros_like(w)
    for p, q, rows, columns in offsets:
        grad_xp[:, :, rows, columns] += np.einsum("boij,oc->bcij", d, w[:, :, p, q])
        grad_w[:, :, p, q] = np.einsum("boij,bcij->oc", d, xp[:, :, rows, columns])
    inside = (slice(None), slice(None), slice(pad, -pad), slice(pad, -pad))
    return dict(y=y, d=d, vjp_x=grad_xp[inside], vjp_w=grad_w)


# ---------------------------------------------------------------- width exponents


def abc_factors(m):
    """Exponents (a, b, c) of input, hidden and output weight, and m^-a, m^-b, m^-c; unweighted losses."""
    half = 0.5
    roles = {
        "bp_sp_sgd": [(0, 0, 0), (0, half, 0), (0, half, 0)],
        "bp_ntk_sgd": [(0, 0, 0), (half, 0, 0), (half, 0, 0)],
        "bp_mup_sgd": [(0, 0, -1), (0, half, 0), (0, 1, 1)],
        "bp_mup_adam": [(0, 0, 0), (0, half, 1), (0, 1, 1)],
        "pc_mup_sgd_g-1": [(0, 0, 0), (0, half, 1), (0, 1, 1)],
        "pc_mup_sgd_g-0.5": [(0, 0, -half), (0, half, half), (0, 1, 1)],
        "gnt_mup_sgd": [(0, 0, 0), (0, half, 1), (0, 1, 1)],
        "tp_mup_sgd": [(0, 0, 0), (0, half, 1), (0, half, 1)],
        "tp_mup_adam": [(0, 0, 0), (0, half, 1), (0, half, 1)],
    }
    factor_names = ("weight_multiplier", "init_std_factor", "lr_factor")
    return {
        case: {
            "abc": dict(zip(("in", "hid", "out"), table)),
            f"m={m}": {
                role: {name: float(m) ** -x for name, x in zip(factor_names, abc)}
                for role, abc in zip(("in", "hid", "out"), table)
            },
        }
        for case, table in roles.items()
    }


# ---------------------------------------------------------------- the file


def tanh_examples():
    net, x, y = example(11, ("tanh", "tanh", "linear"))
    one_hot = np.eye(2)[[0, 1, 1]]
    targets = {"mse": y, "ce": one_hot}
    gamma, unit = [None, 1.0, 0.7, 1.9], [None, 1.0, 1.0, 1.0]
    u, h = net.forward(x)
    out = {
        "net": net.describe(X=x, Y=y, Y_onehot=one_hot, gamma=gamma[1:]),
        "forward": dict(
            u=u[1:],
            h=h[1:],
            loss_mse_sum=loss_sum("mse", h[-1], y),
            loss_ce_sum=loss_sum("ce", h[-1], one_hot),
            softmax=softmax(h[-1]),
        ),
    }
    for loss, target in targets.items():
        delta, gW, gb = back_propagation(net, x, target, loss)
        out[f"bp_{loss}"] = dict(delta=delta[1:], **gradient_record(gW, gb))

    e, gW, gb = fixed_prediction(net, x, y, unit, 1.0, 2)
    out["pc_fpa_unit"] = dict(alpha=1.0, steps=2, gamma=[1, 1, 1], e=e[1:], **gradient_record(gW, gb))
    e, gW, gb = fixed_prediction(net, x, y, gamma, 0.3, 7)
    out["pc_fpa_partial"] = dict(
        alpha=0.3, steps=7, order="jacobi", weighting="energy", e=e[1:], **gradient_record(gW, gb)
    )
    schemes = {
        "pc_jacobi": (PredictiveCoding.jacobi, 0.1, 10),
        "pc_si1": (PredictiveCoding.sequential, 1.0, 1),
        "pc_si3": (PredictiveCoding.sequential, 0.3, 3),
    }
    for name, (infer, rate, steps) in schemes.items():
        for loss, target in targets.items():
            pc = infer(PredictiveCoding(net, x, target, gamma, loss), rate, steps)
            out[f"{name}_{loss}"] = pc.record(
                alpha=rate,
                steps=steps,
                energies=pc.energies,
                gradW_unweighted=pc.gradients(weighted=False)[0][1:],
                energy_final=pc.energy(),
            )
    out["pc_zil"] = dict(alpha=1.0, gamma=[1, 1, 1], **gradient_record(*zero_divergence(net, x, y)))
    pc = PredictiveCoding(net, x, y, gamma)
    for _ in range(20000):
        pc.jacobi_step(0.2)
    out["pc_equilibrium_tanh"] = pc.record(energy_final=pc.energy())
    own = Net(net.sizes, net.acts, list(net.W), list(net.b))
    pc = PredictiveCoding(own, x, y, gamma).incremental(0.1, 0.05, 4)
    out["ipc"] = dict(alpha=0.1, lr=[0.05] * 3, steps=4, W=own.W[1:], b=own.b[1:], v=pc.v[1:])
    out["pc_convA_jacobi"] = dict(
        alpha=0.1,
        steps=10,
        note="states v are pre-activations; prediction W_l phi(v_{l-1}) + b_l",
        **pre_activation_convention(net, x, y, gamma, 0.1, 10),
    )
    for damping in (0.0, 0.1):
        dh, gW, gb = gauss_newton_targets(net, x, y, damping)
        out[f"gnt_lam{damping:g}"] = dict(dh=dh[1:], **gradient_record(gW, gb))
    out.update(target_propagation_examples(net, x, y))
    out.update(feedback_alignment_examples(net, x, targets))
    out.update(pepita_examples(net, x, targets))
    return out


def pepita_examples(net, x, targets):
    rng = np.random.default_rng(79)
    F = 0.6 * rng.standard_normal((net.sizes[0], net.sizes[-1]))
    out = {"F": F}
    for loss, y in targets.items():
        for sign, name in ((-1, "minus"), (1, "plus")):
            pepita = Pepita(net, x, y, loss, F, sign)
            rules = dict(
                modulated=pepita.modulated(),
                forward=pepita.forward(),
                hebbian=pepita.hebbian(),
                afa=pepita.adaptive_feedback(),
            )
            out[f"{loss}_{name}"] = {
                "difference": [-d for d in pepita.difference()[1:]],
                **{rule: dict(gradW=gW, gradb=gb) for rule, (gW, gb) in rules.items()},
            }
    # Time-local: the second pass meets weights that the first has moved.
    rate = 0.1
    for loss, y in targets.items():
        one = Pepita(net, x, y, loss, F, -1)
        after = moved(net, one.first_phase(), rate)
        two = Pepita(after, x, y, loss, F, -1)
        two.ht = two.run(one.xt)
        end = moved(after, two.second_phase(), rate)
        out[f"tl_{loss}"] = dict(lr=rate, W=end.W[1:], b=end.b[1:])
    return {"pepita": out}


def feedback_alignment_examples(net, x, targets):
    rng = np.random.default_rng(78)
    n = net.sizes
    layerwise = {l: rng.standard_normal((n[l - 1], n[l])) / np.sqrt(n[l]) for l in (2, 3)}
    direct = {l: rng.standard_normal((n[l], n[-1])) / np.sqrt(n[-1]) for l in (1, 2)}
    out = {}
    for route in ("fa", "dfa", "drtp"):
        B = layerwise if route == "fa" else direct
        out[route] = {"B": list(B.values())}
        for loss, y in targets.items():
            out[route][loss] = feedback_alignment(net, x, y, loss, B, route)
    return out


def target_propagation_examples(net, x, y):
    h = net.forward(x)[1]
    step = 0.5
    top = h[-1] + step * (y - h[-1])
    damping = {2: 0.05, 3: 0.02}
    ridge = Feedback({l: ridge_feedback(h[l - 1], h[l], damping[l]) for l in (2, 3)})
    pinv = Feedback({l: np.linalg.pinv(net.W[l]) for l in (2, 3)})

    rng = np.random.default_rng(77)
    Q = {l: 0.5 * rng.standard_normal((net.sizes[l - 1], net.sizes[l])) for l in (2, 3)}
    c = {l: 0.1 * rng.standard_normal(net.sizes[l - 1]) for l in (2, 3)}
    given = Feedback(Q, c, {2: "tanh", 3: "linear"})
    noise, noise_above = {}, {}
    for l in (2, 3):
        noise[l] = 0.3 * rng.standard_normal(h[l - 1].shape)
        noise_above[l] = 0.3 * rng.standard_normal(h[l].shape)
    decay = 0.01
    learned = dict(eta_hat=step, drl_weight_decay=decay, dtp=targets_record(net, x, top, given))
    for l in (2, 3):
        learned[f"Q_layer{l}"] = Q[l]
        learned[f"bias_layer{l}"] = c[l]
        learned[f"psi_layer{l}"] = given.psi[l]
        learned[f"eps_layer{l}"] = noise[l]
        learned[f"eta_layer{l}"] = noise_above[l]
        learned[f"dtp_recon_layer{l}"] = reconstruction_loss(net, l, h, given, noise[l])
        learned[f"ldrl_layer{l}"] = local_difference_loss(net, l, h, given, noise[l], noise_above[l])
        learned[f"drl_layer{l}"] = difference_reconstruction_loss(net, l, h, given, noise[l], decay)
    return {
        "tp_ridge": dict(
            eta_hat=step,
            mu_layer2=damping[2],
            mu_layer3=damping[3],
            Q_layer2=ridge.Q[2],
            Q_layer3=ridge.Q[3],
            difference=targets_record(net, x, top, ridge),
            plain=targets_record(net, x, top, ridge, difference=False),
        ),
        "tp_pinv": dict(
            eta_hat=step,
            Q_layer2=pinv.Q[2],
            Q_layer3=pinv.Q[3],
            difference=targets_record(net, x, top, pinv),
        ),
        "tp_learned_feedback": learned,
    }


def cosine(A, B):
    a, b = (np.concatenate([g.ravel() for g in G]) for G in (A, B))
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def linear_examples():
    net, x, y = example(12, ("linear",) * 3)
    gamma = [None, 0.8, 1.3, 2.1]
    delta, gW, gb = back_propagation(net, x, y)
    dh, gnt_W, _ = gauss_newton_targets(net, x, y)
    equilibrium = linear_equilibrium(net, x, y, gamma)
    return {
        "net": net.describe(X=x, Y=y, gamma=gamma[1:]),
        "f": net.forward(x)[1][-1],
        "equilibrium": equilibrium,
        "bp": dict(delta=delta[1:], **gradient_record(gW, gb)),
        "gnt_lam0": dict(dh=dh[1:], gradW=gnt_W[1:]),
        "cos_pc_bp_allW": cosine(equilibrium["gradW"], gW[1:]),
        "cos_pc_gnt_allW": cosine(equilibrium["gradW"], gnt_W[1:]),
    }


def relu_examples():
    net, x, y = example(13, ("relu", "relu", "linear"))
    pc = PredictiveCoding(net, x, y, [None, 1.0, 1.0, 1.0]).jacobi(0.1, 10)
    return {
        "net": net.describe(X=x, Y=y, gamma=[1, 1, 1]),
        "bp": gradient_record(*back_propagation(net, x, y)[1:]),
        "pc_jacobi": pc.record(alpha=0.1, steps=10, energies=pc.energies),
    }


def conv_examples():
    rng = np.random.default_rng(14)
    x = rng.standard_normal((2, 2, 5, 5))
    w = rng.standard_normal((3, 2, 3, 3)) / np.sqrt(18)
    return {"x": x, "w": w, **{f"stride{s}_pad1": conv_example(x, w, s, 1, rng) for s in (1, 2)}}


META = {
    "generator": f"golden.py, numpy {np.__version__}",
    "dtype": "float64",
    "layout": "activities, states, errors and targets [sample][unit]; W[l] [out][in]; Q_l [layer l-1][layer l]",
    "list_index": "per-layer lists start at layer 1, unless a name carries the layer",
    "sign": "e = state - prediction, at the output target - prediction; W <- W - lr gradW; gradients are batch means",
    "energy": "losses and energies are sums over the batch; feedback losses (tp_learned_feedback) are batch means",
}


def plain(value):
    """numpy values as lists and numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return value.item() if isinstance(value, np.generic) else value


def render(value, indent=""):
    """JSON with a line for every array, so that a change shows as one in a diff."""
    if not isinstance(value, dict):
        return json.dumps(value)
    inner = indent + " "
    items = (f"{inner}{json.dumps(key)}: {render(item, inner)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + "\n" + indent + "}"


def main():
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("golden.json"))
    examples = {
        "meta": META,
        "tanh_3_5_4_2": tanh_examples(),
        "linear_3_5_4_2": linear_examples(),
        "relu_3_5_4_2": relu_examples(),
        "conv": conv_examples(),
        "abc_factors_width_ratio_4": abc_factors(4),
    }
    path.write_text(render(plain(examples)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
