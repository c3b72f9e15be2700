"""A problem as the engine writes it: settings, weights and batch, and what its own step makes of the weights."""

import json
import pathlib

import numpy as np


class Problem:
    """The network u_l = h_{l-1} W_l^T, h_l = tanh(u_l) below the output and h_L = u_L; loss 1/2 |y - h_L|^2."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        settings = json.loads((self.folder / "problem.json").read_text(encoding="utf-8"))
        self.rule = settings["rule"]
        self.sizes = settings["sizes"]
        self.batch = settings["batch"]
        self.learning_rate = settings["learningRate"]
        self.steps = settings["steps"]  # T of predictive coding
        self.rate = settings["rate"]  # of inference
        self.damping = settings["damping"]  # of ridge feedback, per unit of a hidden source layer
        self.backend = settings["backend"]
        self.input = self.read("input", (self.batch, self.sizes[0]))
        self.target = self.read("target", (self.batch, self.sizes[-1]))
        self.weights = self.layers("weight")
        self.after = self.layers("after")
        self.projection = self.read("projection", (self.sizes[0], self.sizes[-1])) if self.rule == "pepita" else None

    def read(self, name, shape):
        return np.fromfile(self.folder / f"{name}.f32", dtype="<f4").reshape(shape)

    def layers(self, name):
        shapes = zip(self.sizes[1:], self.sizes[:-1])
        return [self.read(f"{name}{l}", shape) for l, shape in enumerate(shapes, 1)]

    def difference(self, weights, layers=None):
        """Largest relative distance, over layers, of the update that led to weights from the engine's own."""
        distances = []
        for l in layers or range(len(weights)):
            own = self.after[l].astype(np.float64) - self.weights[l]
            other = np.asarray(weights[l], dtype=np.float64) - self.weights[l]
            distances.append(np.linalg.norm(other - own) / np.linalg.norm(own))
        return float(np.max(distances))  # NaN where there is one
