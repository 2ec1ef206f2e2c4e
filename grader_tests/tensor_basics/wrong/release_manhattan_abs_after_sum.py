# manhattan_distance: takes the absolute value after the sum instead of before

import numpy as np


def manhattan_distance(p, q):
    return np.abs((p - q).sum(axis=-1))
