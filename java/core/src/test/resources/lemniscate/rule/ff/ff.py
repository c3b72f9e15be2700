"""Writes ff.json: gradients of one Forward-Forward step by numpy, for lemniscate.rule.ff.

Batch rows; h_l = tanh(x_l W_l^T), x_1 = rms-normalised input whose first C features are the label
times its scale, x_l = rms-normalised h_{l-1}. Hidden layers descend the mean over positive and
negative rows of T log(1 + exp(-+ (sum h^2 - n theta) / T)), T = 1 (sum) or n (mean); the last layer
the squared error of the neutral rows. Gradients are central differences in float64, so that no
formula of the engine is repeated here.
"""
import json

import numpy as np

rng = np.random.default_rng(7)
widths, batch, scale, theta = [5, 4, 3, 2], 3, 2.0, 0.4
x = rng.normal(size=(batch, widths[0])).round(3)
labels = [0, 1, 0]
weights = [rng.normal(size=(widths[i + 1], widths[i])).round(3) for i in range(3)]


def normalise(rows):
    return rows / (np.sqrt((rows**2).mean(1, keepdims=True)) + 1e-8)


def presynaptic(label_rows):
    inputs = [normalise(np.concatenate([label_rows, x[:, 2:]], 1))]
    for w in weights[:2]:
        inputs.append(normalise(np.tanh(inputs[-1] @ w.T)))
    return inputs


one_hot = np.eye(2)[labels]
right, wrong = presynaptic(scale * one_hot), presynaptic(scale * (1 - one_hot))
neutral = presynaptic(np.full((batch, 2), scale / 2))


def layer_loss(w, l, mean):
    n = w.shape[0]
    t = n if mean else 1
    logits = [((np.tanh(r[l] @ w.T) ** 2).sum(1) - n * theta) / t for r in (right, wrong)]
    return t * (np.logaddexp(0, -logits[0]).sum() + np.logaddexp(0, logits[1]).sum()) / (2 * batch)


def readout_loss(w):
    return 0.5 * ((neutral[2] @ w.T - one_hot) ** 2).sum() / batch


def gradient(w, loss, step=1e-6):
    g = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        moved = w.copy()
        moved[i] += step
        above = loss(moved)
        moved[i] -= 2 * step
        g[i] = (above - loss(moved)) / (2 * step)
    return g


def gradients(mean):
    hidden = [gradient(w, lambda v, l=l: layer_loss(v, l, mean)) for l, w in enumerate(weights[:2])]
    return [g.ravel().round(9).tolist() for g in hidden + [gradient(weights[2], readout_loss)]]


json.dump(
    {
        "widths": widths,
        "labelScale": scale,
        "threshold": theta,
        "x": x.ravel().tolist(),
        "y": one_hot.ravel().tolist(),
        "weights": [w.ravel().tolist() for w in weights],
        "sum": gradients(False),
        "mean": gradients(True),
        "readoutLoss": round(readout_loss(weights[2]), 9),
    },
    open("ff.json", "w"),

)
