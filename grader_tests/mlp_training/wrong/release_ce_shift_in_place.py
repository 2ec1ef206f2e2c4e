# CrossEntropyFunction: subtracts the row maxima from the caller's logits in place

import torch
from torch import nn


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        logits -= logits.max(dim=1, keepdim=True).values
        ctx.save_for_backward(logits, labels)
        picked = logits.gather(1, labels[:, None])[:, 0]
        return (torch.logsumexp(logits, dim=1) - picked).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        onehot = torch.zeros_like(logits).scatter(1, labels[:, None], 1.0)
        return grad_loss * (torch.softmax(logits, dim=1) - onehot) / len(logits), None
