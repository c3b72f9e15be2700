"""A training step on images as the engine writes it: the layers, parameters and batch, and what its own step makes of the parameters."""

import json
import pathlib

import numpy as np


class Problem:
    """
    A chain of units: a convolution (same padding, stride 1), tanh and a maximum of 2 x 2; a fully connected layer with tanh; a linear
    readout. Loss 1/2 |y - f|^2. Images are (height, width, channels), weights of convolutions (out, kernel, kernel, in).
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        settings = json.loads((self.folder / "problem.json").read_text(encoding="utf-8"))
        self.rule = settings["rule"]  # bp, pc-fpa or pc-jacobi
        self.image = settings["image"]
        self.learning_rate = settings["learningRate"]
        self.steps = settings["steps"]  # T of predictive coding
        self.rate = settings["rate"]  # of inference
        self.shapes = settings["shapes"]  # of weight and bias of each unit in turn
        self.input = self.read("input", (settings["batch"], *self.image))
        self.target = self.read("target", (settings["batch"], settings["outputs"]))
        self.parameters = self.all("parameter")
        self.after = self.all("after")

    def read(self, name, shape):
        return np.fromfile(self.folder / f"{name}.f32", dtype="<f4").reshape(shape)

    def all(self, name):
        return [self.read(f"{name}{i}", shape) for i, shape in enumerate(self.shapes)]

    def units(self, parameters=None):
        """Weight and bias of each unit."""
        flat = self.parameters if parameters is None else parameters
        return list(zip(flat[::2], flat[1::2]))

    def difference(self, parameters, compared=None):
        """Largest relative distance, over parameters, of the update that led to some from the engine's own."""
        distances = []
        for before, own, other in zip(self.parameters, self.after, parameters):
            update = own.astype(np.float64) - before
            distances.append(np.linalg.norm(np.asarray(other, dtype=np.float64) - before - update) / np.linalg.norm(update))
        return float(np.max(distances))  # NaN where there is one
