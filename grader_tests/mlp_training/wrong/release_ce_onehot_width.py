# CrossEntropyFunction: one_hot without the number of classes: fails when the last class does not occur

import torch
from torch import nn


class CrossEntropyFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits, labels):
        ctx.save_for_backward(logits, labels)
        picked = logits.gather(1, labels[:, None])[:, 0]
        return (torch.logsumexp(logits, dim=1) - picked).mean()

    @staticmethod
    def backward(ctx, grad_loss):
        logits, labels = ctx.saved_tensors
        onehot = nn.functional.one_hot(labels)
        return grad_loss * (torch.softmax(logits, dim=1) - onehot) / len(logits), None
