# sigmoid: the overflow is still there, and only its warning is silenced

import numpy as np


def sigmoid(x):
    with np.errstate(all="ignore"):
        return 1 / (1 + np.exp(-x))
