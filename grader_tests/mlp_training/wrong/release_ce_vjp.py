# CrossEntropyFunction: not by hand: backward calls torch.func.vjp on PyTorch's own cross_entropy

import torch
from torch import nn


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        return nn.functional.cross_entropy(logits, labels)

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        _, pull = torch.func.vjp(lambda s: nn.functional.cross_entropy(s, labels), logits)
        return pull(grad_loss)[0], None
