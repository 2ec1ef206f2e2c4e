# sigmoid: keeps one output array for each shape between calls, so a second call overwrites the first result

import numpy as np

_out = {}


def sigmoid(x):
    x = np.asarray(x)
    out = _out.setdefault(x.shape, np.empty(x.shape))
    e = np.exp(-np.abs(x))
    out[...] = np.where(x >= 0, 1, e) / (1 + e)
    return out
