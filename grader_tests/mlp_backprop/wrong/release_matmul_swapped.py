# Matmul: backward returns (grad_W, grad_x), in the wrong order

import numpy as np


class Matmul:
    def forward(self, x, W):
        self.x, self.W = x, W
        return x @ W

    def backward(self, grad_y):
        grad_W = self.x.T @ grad_y
        grad_x = grad_y @ self.W.T
        return grad_W, grad_x
