# broadcast_shape: returns an array in place of a tuple

import numpy as np


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    a, b = (np.array((1,) * (rank - len(shape)) + tuple(shape), dtype=int) for shape in (a, b))
    if np.any((a != b) & (a != 1) & (b != 1)):
        raise ValueError("these shapes do not fit")
    return np.where(a == 1, b, a)
