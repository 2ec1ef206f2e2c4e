# cell_path: the gates of a step are averaged over the entries, so all entries share one path

import numpy as np


def cell_path(fs):
    f = fs.mean(axis=1, keepdims=True)
    p = np.ones(fs.shape)
    for k in range(len(fs) - 2, -1, -1):
        p[k] = p[k + 1] * f[k + 1]
    return p
