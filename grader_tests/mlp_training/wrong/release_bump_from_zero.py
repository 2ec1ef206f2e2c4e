# bump_network: the first unit has no bias, so the knots have to start at 0

import numpy as np


def bump_network(knots, heights):
    slopes = np.diff(heights) / np.diff(knots)
    w2 = np.diff(slopes, prepend=0.0)
    b1 = -knots[:-1].copy()
    b1[0] = 0.0
    return np.ones(len(w2)), b1, w2, heights[0]
