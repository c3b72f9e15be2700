"""jpc (github.com/thebuckleylab/jpc), predictive coding in JAX with discrete updates of the activities."""

import importlib.util
import sys
import types

import equinox as eqx
import jax
import jax.numpy as jnp
import optax

# jpc takes the type of compiled functions from a module that jaxlib no longer has.
if importlib.util.find_spec("jaxlib.xla_extension") is None:
    stand_in = types.ModuleType("jaxlib.xla_extension")
    stand_in.PjitFunction = type(jax.jit(lambda x: x))
    sys.modules[stand_in.__name__] = stand_in

import jpc  # noqa: E402


class Step:
    version = f"jpc {jpc.__version__} on JAX {jax.__version__}"

    def __init__(self, problem):
        self.model = []
        for l, w in enumerate(problem.weights):
            linear = eqx.nn.Linear(w.shape[1], w.shape[0], use_bias=False, key=jax.random.PRNGKey(0))
            linear = eqx.tree_at(lambda layer: layer.weight, linear, jnp.asarray(w))
            phi = eqx.nn.Identity() if l == len(problem.weights) - 1 else eqx.nn.Lambda(jnp.tanh)
            self.model.append(eqx.nn.Sequential([linear, phi]))
        self.x, self.y = jnp.asarray(problem.input), jnp.asarray(problem.target)
        self.steps = problem.steps
        # Its energy is a mean over the batch; our rates are for the sum in the states and the mean in the weights.
        self.activity_optim = optax.sgd(problem.rate * problem.batch)
        self.weight_optim = optax.sgd(problem.learning_rate)
        self.weight_state = self.weight_optim.init(eqx.filter((self.model, None), eqx.is_array))

    def step(self):
        activities = jpc.init_activities_with_ffwd(model=self.model, input=self.x)
        state = self.activity_optim.init(activities)
        for _ in range(self.steps):
            moved = jpc.update_pc_activities(
                params=(self.model, None), activities=activities, optim=self.activity_optim, opt_state=state,
                output=self.y, input=self.x)
            activities, state = moved["activities"], moved["opt_state"]
        learned = jpc.update_pc_params(
            params=(self.model, None), activities=activities, optim=self.weight_optim, opt_state=self.weight_state,
            output=self.y, input=self.x)
        self.model, self.weight_state = learned["model"], learned["opt_state"]

    def finish(self):
        jax.block_until_ready([layer[0].weight for layer in self.model])

    def weights(self):
        return [layer[0].weight for layer in self.model]


def load(problem, threads):
    if problem.rule != "pc":
        raise NotImplementedError
    return Step(problem)
