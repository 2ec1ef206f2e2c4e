# Relu: an array of more than three axes cannot be given three

import numpy as np


class Relu:
    def forward(self, x):
        box = x.reshape((1,) * (3 - x.ndim) + x.shape)
        self.slope = np.zeros(box.shape)
        planes, rows, columns = box.shape
        for i in range(planes):
            for j in range(rows):
                for k in range(columns):
                    self.slope[i, j, k] = 1.0 if box[i, j, k] > 0 else 0.0
        self.slope = self.slope.reshape(x.shape)
        return x * self.slope

    def backward(self, grad_y):
        return grad_y * self.slope
