# LinearFunction: not by hand: backward goes forward again with gradients on and calls torch.autograd.grad

import torch
from torch import nn


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight, bias)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, grad_y):
        x, weight, bias = (t.detach().requires_grad_() for t in ctx.saved_tensors)
        with torch.enable_grad():
            y = x @ weight.T + bias
        return torch.autograd.grad(y, (x, weight, bias), grad_y)
