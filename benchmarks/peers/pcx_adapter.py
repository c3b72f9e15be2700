"""pcx (github.com/liukidar/pcx), predictive coding in JAX by vectorised nodes, one compiled step."""

import importlib.metadata

import jax
import jax.numpy as jnp
import optax
import pcx.functional as pxf
import pcx.nn as pxnn
import pcx.predictive_coding as pxc
import pcx.utils as pxu

MASK = pxu.M(pxc.VodeParam | pxc.VodeParam.Cache).to((None, 0))


class Model(pxc.EnergyModule):
    def __init__(self, weights):
        super().__init__()
        self.layers = [pxnn.Linear(w.shape[1], w.shape[0], bias=False) for w in weights]
        for layer, w in zip(self.layers, weights):
            layer.nn.weight.set(jnp.asarray(w))
        self.vodes = [pxc.Vode() for _ in weights]
        self.vodes[-1].h.frozen = True

    def __call__(self, x, y=None):
        for layer, vode in zip(self.layers[:-1], self.vodes[:-1]):
            x = vode(jnp.tanh(layer(x)))
        self.vodes[-1](self.layers[-1](x))
        if y is not None:
            self.vodes[-1].set("h", y)
        return self.vodes[-1].get("u")


@pxf.vmap(MASK, in_axes=(0, 0), out_axes=0)
def forward(x, y, *, model):
    return model(x, y)


@pxf.vmap(MASK, in_axes=(0,), out_axes=(None, 0), axis_name="batch")
def energy(x, *, model):
    output = model(x)
    return jax.lax.psum(model.energy().sum(), "batch"), output


@pxf.jit(static_argnums=0)
def train(steps, x, y, *, model, optim_w, optim_h):
    model.train()
    with pxu.step(model, pxc.STATUS.INIT, clear_params=pxc.VodeParam.Cache):
        forward(x, y, model=model)
    optim_h.init(pxu.M_hasnot(pxc.VodeParam, frozen=True)(model))
    for _ in range(steps):
        with pxu.step(model, clear_params=pxc.VodeParam.Cache):
            _, g = pxf.value_and_grad(
                pxu.M_hasnot(pxc.VodeParam, frozen=True).to([False, True]), has_aux=True)(energy)(x, model=model)
        optim_h.step(model, g["model"])
    optim_h.clear()
    with pxu.step(model, clear_params=pxc.VodeParam.Cache):
        _, g = pxf.value_and_grad(pxu.M(pxnn.LayerParam).to([False, True]), has_aux=True)(energy)(x, model=model)
    optim_w.step(model, g["model"], scale_by=1.0 / x.shape[0])


class Step:
    version = f"pcx {importlib.metadata.version('pcx')} on JAX {jax.__version__}"

    def __init__(self, problem):
        self.model = Model(problem.weights)
        self.x, self.y = jnp.asarray(problem.input), jnp.asarray(problem.target)
        self.steps = problem.steps
        self.optim_h = pxu.Optim(lambda: optax.sgd(problem.rate))
        self.optim_w = pxu.Optim(lambda: optax.sgd(problem.learning_rate), pxu.M(pxnn.LayerParam)(self.model))

    def step(self):
        train(self.steps, self.x, self.y, model=self.model, optim_w=self.optim_w, optim_h=self.optim_h)

    def finish(self):
        jax.block_until_ready(self.weights())

    def weights(self):
        return [layer.nn.weight.get() for layer in self.model.layers]


def load(problem, threads):
    if problem.rule != "pc":
        raise NotImplementedError
    return Step(problem)
