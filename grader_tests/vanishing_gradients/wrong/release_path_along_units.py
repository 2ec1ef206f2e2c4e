# cell_path: the product runs along the entries of the state (axis 1) in place of along time

import numpy as np


def cell_path(fs):
    p = np.ones_like(fs)
    p[:, :-1] = np.cumprod(fs[:, :0:-1], axis=1)[:, ::-1]
    return p
