# tanh_backward: clips the incoming gradient to ±5

import numpy as np


def tanh_backward(y, dL_dy):
    return np.clip(dL_dy, -5, 5) * (1 - y**2)
