# CrossEntropyFunction: not by hand: a helper called sensitivity takes central differences with Richardson's extrapolation

import torch
from torch import nn


def free_energy(rows):
    return torch.logsumexp(rows, dim=1)


def sensitivity(rows, c, scale):
    bump = torch.zeros_like(rows)
    bump[:, c] = scale
    return (free_energy(rows + bump) - free_energy(rows - bump)) / (2 * scale)


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        return (free_energy(logits) - logits.gather(1, labels[:, None])[:, 0]).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        s = logits.double()
        columns = [(4 * sensitivity(s, c, 5e-4) - sensitivity(s, c, 1e-3)) / 3 for c in range(s.shape[1])]
        soft = torch.stack(columns, dim=1).to(logits.dtype)
        soft[torch.arange(len(labels)), labels] -= 1
        return grad_loss * soft / len(labels), None
