# softmax: writes through a reshaped view of empty_like, which is a copy for a transposed argument, so the result is all 0 there

import numpy as np


def softmax(x):
    out = np.zeros_like(x)
    rows = x.reshape(-1, x.shape[-1])
    e = np.exp(rows - rows.max(axis=1, keepdims=True))
    out.reshape(-1, x.shape[-1])[...] = e / e.sum(axis=1, keepdims=True)
    return out
