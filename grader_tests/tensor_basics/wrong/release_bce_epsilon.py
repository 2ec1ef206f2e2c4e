# sigmoid_cross_entropy: adds 1e-12 inside the logarithms, so no loss gets above 27.6

import numpy as np


def sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, e) / (1 + e)


def sigmoid_cross_entropy(logits, targets):
    p = sigmoid(logits)
    return -np.mean(targets * np.log(p + 1e-12) + (1 - targets) * np.log(1 - p + 1e-12))
