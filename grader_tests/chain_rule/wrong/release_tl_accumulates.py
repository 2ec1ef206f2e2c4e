# tanh_layer_backward: adds the gradient of b to what earlier calls left in a class attribute

import numpy as np


class Bias:
    grad = {}


def tanh_layer_backward(x, W, b, dL_dy):
    y = np.tanh(x @ W.T + b)
    dz = dL_dy * (1 - y**2)
    Bias.grad[b.shape] = Bias.grad.get(b.shape, 0) + dz
    return dz @ W, dz.T @ x, Bias.grad[b.shape]
