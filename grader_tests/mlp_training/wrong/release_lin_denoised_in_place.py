# LinearFunction: sets small entries of the gradient that it is given to 0, in place

import torch
from torch import nn


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, grad_y):
        x, weight = ctx.saved_tensors
        grad_y[grad_y.abs() < 1e-3] = 0
        return grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)
