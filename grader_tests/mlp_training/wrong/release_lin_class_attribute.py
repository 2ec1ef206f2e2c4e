# LinearFunction: keeps x on the class, so with two uses the first gets the x of the second

import torch
from torch import nn


class LinearFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        LinearFunction.x = x
        ctx.save_for_backward(weight)
        return x @ weight.T + bias

    @staticmethod
    def backward(ctx, grad_y):
        (weight,) = ctx.saved_tensors
        x = LinearFunction.x
        return grad_y @ weight, grad_y.T @ x, grad_y.sum(dim=0)
