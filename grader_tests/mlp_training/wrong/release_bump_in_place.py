# bump_network: shifts the caller's heights to begin at 0, in place

import numpy as np


def bump_network(knots, heights):
    b2 = heights[0]
    heights -= b2
    slopes = np.diff(heights) / np.diff(knots)
    w2 = np.diff(slopes, prepend=0.0)
    return np.ones(len(w2)), -knots[:-1], w2, b2
