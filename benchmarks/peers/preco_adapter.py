"""PRECO (github.com/bjornvz/PRECO), a PyTorch library of predictive coding networks; PYTHONPATH names a checkout."""

import torch
from PRECO import optim
from PRECO.PCN import PCnet
from PRECO.structure import PCN_MBA
from PRECO.utils import linear, tanh


class Step:
    version = f"PRECO on PyTorch {torch.__version__}"

    @torch.no_grad()
    def __init__(self, problem):
        structure = PCN_MBA(problem.sizes, f=tanh, use_bias=False, upward=True, fL=linear)
        structure.dfLdx = lambda _: 1  # its derivative of the identity is the number itself, which it then calls
        self.net = PCnet(lr_x=problem.rate, T_train=problem.steps, structure=structure)
        for l, w in enumerate(problem.weights):
            self.net.w[l] = torch.from_numpy(w.T.copy())
        self.net.set_optimizer(optim.SGD(self.net.params, problem.learning_rate, batch_scale=True))
        self.x = torch.from_numpy(problem.input)
        self.y = torch.from_numpy(problem.target)

    @torch.no_grad()
    def step(self):
        # train_supervised without its conversion of labels, since the targets here are vectors.
        net = self.net
        net.reset_nodes()
        net.clamp_input(self.x)
        net.init_hidden(len(self.x))
        net.clamp_target(self.y)
        net.train_updates()
        net.update_w()
        net.optimizer.step(net.params, net.grads, batch_size=len(self.x))

    def finish(self):
        pass

    def weights(self):
        return [self.net.w[l].T.numpy() for l in range(self.net.L)]


def load(problem, threads):
    if problem.rule != "pc":
        raise NotImplementedError
    torch.set_num_threads(threads)
    return Step(problem)
