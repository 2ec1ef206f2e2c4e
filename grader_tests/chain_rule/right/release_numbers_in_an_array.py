"""Several numbers, returned as one array of them."""

import numpy as np


def nested_slopes(x):
    u = x**2 + 1
    v = np.sin(u)
    return np.array([2 * x, np.cos(u), np.exp(v), 2 * x * np.cos(u) * np.exp(v)])
