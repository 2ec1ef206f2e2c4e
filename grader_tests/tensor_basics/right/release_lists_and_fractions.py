"""Results as nested lists, and fractions among them."""

from fractions import Fraction

import numpy as np

quotient = [[Fraction(x, s) for x, s in zip(row, (4, 8, 16))] for row in ((1, 2, 1), (3, 3, 2), (5, 1, 10))]


def pairwise_manhattan(P, Q):
    return np.abs(P[:, None] - Q[None]).sum(axis=2).tolist()
