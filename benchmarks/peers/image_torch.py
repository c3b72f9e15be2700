"""Training steps on images in PyTorch, channels last: units by autograd, nothing computed that is known to be zero or unchanged."""

import torch
from torch.nn import functional as F

from image_problem import Problem  # noqa: F401 (serve.py takes it from here)


class Step:
    version = f"PyTorch {torch.__version__}, channels_last"

    def __init__(self, problem):
        self.p = problem
        self.x = torch.from_numpy(problem.input.transpose(0, 3, 1, 2).copy()).contiguous(memory_format=torch.channels_last)
        self.y = torch.from_numpy(problem.target)
        self.units = []
        for w, b in problem.units():
            w = torch.from_numpy(w.copy())
            if w.ndim == 4:
                w = w.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)
            self.units.append((w.requires_grad_(), torch.from_numpy(b.copy()).requires_grad_()))

    def weights(self):
        back = [(w.permute(0, 2, 3, 1) if w.ndim == 4 else w, b) for w, b in self.units]
        return [t.detach().numpy() for unit in back for t in unit]

    def finish(self):
        pass

    def predict(self, unit, x):
        w, b = self.units[unit]
        if w.ndim == 4:
            return F.max_pool2d(torch.tanh(F.conv2d(x, w, b, padding=w.shape[-1] // 2)), 2)
        if x.ndim == 4:
            x = x.permute(0, 2, 3, 1).reshape(len(x), -1)  # no copy: the memory lies so
        u = F.linear(x, w, b)
        return u if unit == len(self.units) - 1 else torch.tanh(u)

    @torch.no_grad()
    def descend(self, gradients):
        """p -= lr/B gradient"""
        for p, g in zip((t for unit in self.units for t in unit), gradients):
            p.add_(g, alpha=-self.p.learning_rate / len(self.x))


class Backpropagation(Step):
    def step(self):
        h = self.x
        for unit in range(len(self.units)):
            h = self.predict(unit, h)
        loss = 0.5 * (self.y - h).square().sum()
        self.descend(torch.autograd.grad(loss, [t for unit in self.units for t in unit]))


class PredictiveCoding(Step):
    """States start at the forward pass; an error reaches one unit further down in each step of the relaxation."""

    def start(self):
        """Input and prediction of each unit."""
        below, passes = self.x, []
        for unit in range(len(self.units)):
            mu = self.predict(unit, below)
            passes.append((below, mu))
            below = mu.detach().requires_grad_()
        return passes

    def errors(self, passes, errors):
        gradients = []
        for (w, b), (_, mu), e in zip(self.units, passes, errors):
            gradients += torch.autograd.grad(mu, (w, b), -e)
        self.descend(gradients)


class FixedPrediction(PredictiveCoding):
    def step(self):
        passes, top = self.start(), len(self.units) - 1
        errors = [None] * top + [self.y - passes[top][1].detach()]
        for t in range(self.p.steps):
            lowest = max(1, top - t)
            backs = {l: torch.autograd.grad(passes[l][1], passes[l][0], errors[l], retain_graph=True)[0] for l in range(lowest, top + 1)}
            for l, back in backs.items():
                old = errors[l - 1]
                errors[l - 1] = self.p.rate * back if old is None else old.mul(1 - self.p.rate).add_(back, alpha=self.p.rate)
        self.errors(passes, errors)


class Jacobi(PredictiveCoding):
    def step(self):
        passes, top = self.start(), len(self.units) - 1
        states = [mu.detach() for _, mu in passes[:-1]]
        for t in range(self.p.steps + 1):
            lowest = max(1, top - t)
            for l in range(lowest + 1 if top - t >= 1 else 1, top + 1):
                below = states[l - 1].requires_grad_()
                passes[l] = (below, self.predict(l, below))
            if t == self.p.steps:
                break
            errors = {l: (self.y if l == top else states[l]).detach() - passes[l][1].detach() for l in range(max(0, top - t), top + 1)}
            backs = {l: torch.autograd.grad(passes[l][1], passes[l][0], errors[l], retain_graph=True)[0] for l in range(lowest, top + 1)}
            moved = list(states)
            for l, back in backs.items():
                own = errors.get(l - 1)
                moved[l - 1] = states[l - 1].detach().add(back if own is None else back.sub_(own), alpha=self.p.rate)
            states = moved
        self.errors(passes, [(self.y if l == top else states[l]).detach() - passes[l][1].detach() for l in range(top + 1)])


def load(problem, threads):
    torch.set_num_threads(threads)
    return {"bp": Backpropagation, "pc-fpa": FixedPrediction, "pc-jacobi": Jacobi}[problem.rule](problem)
