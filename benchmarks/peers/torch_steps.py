"""The same training steps in PyTorch, as one would write them for speed: no autograd, nothing computed twice."""

import torch


class Step:
    version = f"PyTorch {torch.__version__}"

    def __init__(self, problem):
        self.x = torch.from_numpy(problem.input)
        self.y = torch.from_numpy(problem.target)
        self.W = [torch.from_numpy(w.copy()) for w in problem.weights]
        self.lr = problem.learning_rate
        self.p = problem

    def weights(self):
        return [w.numpy() for w in self.W]

    def finish(self):
        pass

    def forward(self):
        h = [self.x]
        for w in self.W[:-1]:
            h.append(torch.tanh(h[-1] @ w.T))
        return [*h, h[-1] @ self.W[-1].T]

    def descend(self, errors, below):
        """w += lr/B (error at the pre-activation)^T activity below."""
        for w, e, h in zip(self.W, errors, below):
            w.addmm_(e.T, h, alpha=self.lr / len(e))


class PredictiveCoding(Step):
    """Jacobi relaxation of the states from the forward pass; the first layer's prediction never changes."""

    @torch.no_grad()
    def step(self):
        *v, _ = self.forward()  # v[0] = x, v[1..L-1] states
        first = v[1].clone()
        hidden = range(1, len(self.W))
        for t in range(self.p.steps + 1):
            mu = [None, first, *(torch.tanh(v[l - 1] @ self.W[l - 1].T) for l in hidden if l > 1)]
            e = [None, *(v[l] - mu[l] for l in hidden), self.y - v[-1] @ self.W[-1].T]
            gated = [None, *(e[l] * (1 - mu[l] * mu[l]) for l in hidden), e[-1]]
            if t < self.p.steps:
                for l in hidden:
                    v[l] = v[l] - self.p.rate * (e[l] - gated[l + 1] @ self.W[l])
        self.descend(gated[1:], v)


class TargetPropagation(Step):
    """Difference target propagation through the ridge regression of each layer on the one above, on this batch."""

    @torch.no_grad()
    def step(self):
        h = self.forward()
        top = len(self.W)
        d = [None] * top + [self.y - h[-1]]
        for l in range(top, 1, -1):
            units = h[l].shape[1]
            damping = self.p.damping * (1 if l == top else units)
            if units < len(h[l]):
                A = h[l].T @ h[l]
                A.diagonal().add_(damping)
                P = torch.cholesky_solve(d[l].T, torch.linalg.cholesky(A)).T @ h[l].T
            else:
                A = h[l] @ h[l].T
                A.diagonal().add_(damping)
                P = torch.cholesky_solve((d[l] @ h[l].T).T, torch.linalg.cholesky(A)).T
            d[l - 1] = P @ h[l - 1]
        gated = [d[l] * (1 - h[l] * h[l]) for l in range(1, top)] + [d[top]]
        self.descend(gated, h)


class Pepita(Step):
    """Two forward passes, the second with the projected error taken off the input."""

    def __init__(self, problem):
        super().__init__(problem)
        self.F = torch.from_numpy(problem.projection)

    @torch.no_grad()
    def step(self):
        first = self.forward()
        e = first[-1] - self.y
        second = [self.x - e @ self.F.T]
        for w in self.W[:-1]:
            second.append(torch.tanh(second[-1] @ w.T))
        errors = [b - a for a, b in zip(first[1:-1], second[1:])] + [-e]
        self.descend(errors, second)


def load(problem, threads):
    torch.set_num_threads(threads)
    return {"pc": PredictiveCoding, "tp": TargetPropagation, "pepita": Pepita}[problem.rule](problem)
