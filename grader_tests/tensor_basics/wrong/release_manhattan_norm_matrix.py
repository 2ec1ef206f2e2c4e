# manhattan_distance: np.linalg.norm with ord=1 and no axis: right for two vectors, the matrix 1-norm for rows of points

import numpy as np


def manhattan_distance(p, q):
    return np.linalg.norm(p - q, ord=1)
