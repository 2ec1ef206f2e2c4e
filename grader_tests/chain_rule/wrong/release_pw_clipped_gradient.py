# piecewise: the gradient is clipped to [-20, 20], wrong only where the function is steep

import numpy as np

breakpoints = [0.0]


def piecewise(x):
    return np.exp(x) if x > 0 else -x


def piecewise_gradient(x):
    return float(np.clip(np.exp(x) if x > 0 else -1.0, -20, 20))
