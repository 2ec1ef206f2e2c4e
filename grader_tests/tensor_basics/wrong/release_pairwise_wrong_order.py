# pairwise_manhattan: repeats P and tiles Q rightly but reshapes to (m, n) and transposes, so pairs are mixed up unless n or m is 1

import numpy as np


def pairwise_manhattan(P, Q):
    n, m = len(P), len(Q)
    left = np.repeat(P, m, axis=0)
    right = np.tile(Q, (n, 1))
    return np.abs(left - right).sum(axis=1).reshape(m, n).T
