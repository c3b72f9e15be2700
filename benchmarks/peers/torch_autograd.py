"""Predictive coding in PyTorch by automatic differentiation of the free energy: the shortest program for it."""

import torch


class Step:
    version = f"PyTorch {torch.__version__}, autograd"

    def __init__(self, problem):
        self.x = torch.from_numpy(problem.input)
        self.y = torch.from_numpy(problem.target)
        self.W = [torch.from_numpy(w.copy()).requires_grad_() for w in problem.weights]
        # The energy is a sum over the batch, which the rate divides.
        self.optimizer = torch.optim.SGD(self.W, lr=problem.learning_rate / problem.batch)
        self.p = problem

    def energy(self, first, states):
        """F = 1/2 sum of squared errors; first is what the input predicts of the first hidden layer."""
        predictions = [first, *(torch.tanh(v @ w.T) for v, w in zip(states, self.W[1:-1])), states[-1] @ self.W[-1].T]
        return sum(0.5 * (v - mu).square().sum() for v, mu in zip([*states, self.y], predictions))

    def step(self):
        with torch.no_grad():
            states = [torch.tanh(self.x @ self.W[0].T)]
            first = states[0]
            for w in self.W[1:-1]:
                states.append(torch.tanh(states[-1] @ w.T))
        for _ in range(self.p.steps):
            states = [v.detach().requires_grad_() for v in states]
            slopes = torch.autograd.grad(self.energy(first, states), states)
            states = [v - self.p.rate * g for v, g in zip(states, slopes)]
        self.optimizer.zero_grad()
        self.energy(torch.tanh(self.x @ self.W[0].T), [v.detach() for v in states]).backward()
        self.optimizer.step()

    def finish(self):
        pass

    def weights(self):
        return [w.detach().numpy() for w in self.W]


def load(problem, threads):
    if problem.rule != "pc":
        raise NotImplementedError
    torch.set_num_threads(threads)
    return Step(problem)
