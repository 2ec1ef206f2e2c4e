# manhattan_distance: from four axes on it runs over axis 2

import numpy as np


def manhattan_distance(p, q):
    return np.abs(p - q).sum(axis=min(p.ndim - 1, 2))
