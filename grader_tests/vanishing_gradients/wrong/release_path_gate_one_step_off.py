# cell_path: the step from row k+1 to row k multiplies by f_k in place of f_{k+1}

import numpy as np


def cell_path(fs):
    p = np.ones(fs.shape)
    for k in range(len(fs) - 2, -1, -1):
        p[k] = p[k + 1] * fs[k]
    return p
