# softmax: from five axes on it runs over axis 3

import numpy as np


def softmax(x):
    axis = min(x.ndim - 1, 3)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
