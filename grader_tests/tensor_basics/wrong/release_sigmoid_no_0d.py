# sigmoid: walks along the first axis by recursion down to Python numbers and fails on a 0-d array

import numpy as np


def sigmoid(x):
    out = []
    for row in x:
        if np.ndim(row) == 0:
            e = np.exp(-abs(row))
            out.append(1 / (1 + e) if row >= 0 else e / (1 + e))
        else:
            out.append(sigmoid(row))
    return np.array(out)
