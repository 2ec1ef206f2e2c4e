# sigmoid: loops over three axes at most

import numpy as np


def sigmoid(x):
    if x.ndim > 3:
        raise ValueError("too many axes")
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)
