# Relu: backward writes through ravel(), which is a copy where the array is a transposed view

import numpy as np


class Relu:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, grad_y):
        grad_x = np.copy(grad_y)
        grad_x.ravel()[self.x.ravel() <= 0] = 0
        return grad_x
