# central_difference: adds h, subtracts 2h and adds h again in x itself, which leaves x changed in the last digits

import numpy as np


def central_difference(f, x, h=1e-5):
    gradient = np.zeros(x.shape)
    if x.dtype.kind != "f":
        x = x.astype(float)
    for index in np.ndindex(x.shape):
        x[index] += h
        plus = f(x)
        x[index] -= 2 * h
        minus = f(x)
        x[index] += h
        gradient[index] = (plus - minus) / (2 * h)
    return gradient
