# tanh_backward: keeps the slope from falling below 0.01, wrong only for y near 1 and -1

import numpy as np


def tanh_backward(y, dL_dy):
    return dL_dy * np.maximum(1 - y**2, 0.01)
