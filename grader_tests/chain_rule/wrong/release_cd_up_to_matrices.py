# central_difference: works for vectors and matrices only, and returns zeros for more axes and for shape ()

import numpy as np


def central_difference(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    if x.ndim == 1:
        for i in range(len(x)):
            e = np.zeros(x.shape)
            e[i] = h
            gradient[i] = (f(x + e) - f(x - e)) / (2 * h)
    elif x.ndim == 2:
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                e = np.zeros(x.shape)
                e[i, j] = h
                gradient[i, j] = (f(x + e) - f(x - e)) / (2 * h)
    return gradient
