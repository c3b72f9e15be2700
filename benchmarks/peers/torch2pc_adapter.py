"""Torch2PC (github.com/RobertRosenbaum/Torch2PC), predictive coding for torch.nn.Sequential; PYTHONPATH names a checkout."""

import torch
from TorchSeq2PC import PCInfer


class Step:
    version = f"Torch2PC on PyTorch {torch.__version__}"
    # "Strict" learns from the errors before the last move of the states, with the activities after it. After one move
    # more than the engine makes the errors are the engine's, and the first layer's activity below is the input: that
    # layer's update must agree, the others' cannot.
    compared = [0]

    def __init__(self, problem):
        layers = []
        for l, w in enumerate(problem.weights):
            linear = torch.nn.Linear(w.shape[1], w.shape[0], bias=False)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(w))
            last = l == len(problem.weights) - 1
            layers.append(torch.nn.Sequential(linear) if last else torch.nn.Sequential(linear, torch.nn.Tanh()))
        self.model = torch.nn.Sequential(*layers)
        # The loss is a sum over the batch, which the rate divides.
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=problem.learning_rate / problem.batch)
        self.x = torch.from_numpy(problem.input)
        self.y = torch.from_numpy(problem.target)
        self.problem = problem
        self.moves = problem.steps + 1

    def step(self):
        self.optimizer.zero_grad()
        PCInfer(self.model, lambda f, y: 0.5 * (f - y).square().sum(), self.x, self.y, "Strict",
                eta=self.problem.rate, n=self.moves)
        self.optimizer.step()
        self.moves = self.problem.steps  # the first step is the one that is compared

    def finish(self):
        pass

    def weights(self):
        return [layer[0].weight.detach().numpy() for layer in self.model]


def load(problem, threads):
    if problem.rule != "pc":
        raise NotImplementedError
    torch.set_num_threads(threads)
    return Step(problem)
