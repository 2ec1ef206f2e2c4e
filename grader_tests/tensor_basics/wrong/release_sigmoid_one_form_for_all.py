# sigmoid: chooses one of the two forms for the whole array by its largest element, so mixed signs still overflow

import numpy as np


def sigmoid(x):
    if np.max(x) <= 0:
        return np.exp(x) / (1 + np.exp(x))
    return 1 / (1 + np.exp(-x))
