# bump_network: takes the distance of the first two knots for all

import numpy as np


def bump_network(knots, heights):
    slopes = np.diff(heights) / (knots[1] - knots[0])
    w2 = np.diff(slopes, prepend=0.0)
    return np.ones(len(w2)), -knots[:-1], w2, heights[0]
