# central_difference: makes the result with zeros_like, so an integer x gives a gradient cut to integers

import numpy as np


def central_difference(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[index] = h
        gradient[index] = (f(x + e) - f(x - e)) / (2 * h)
    return gradient
