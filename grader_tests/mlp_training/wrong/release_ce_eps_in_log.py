# CrossEntropyFunction: log(p + 1e-12): for a sure mistake the loss of an example ends at 27.6

import torch
from torch import nn


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        p = torch.softmax(logits, dim=1).gather(1, labels[:, None])
        return -torch.log(p + 1e-12).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        onehot = torch.zeros_like(logits).scatter(1, labels[:, None], 1.0)
        return grad_loss * (torch.softmax(logits, dim=1) - onehot) / len(logits), None
