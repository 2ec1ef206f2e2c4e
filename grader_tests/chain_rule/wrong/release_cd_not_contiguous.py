# central_difference: moves entries through reshape(-1), which is a copy where x is transposed, so the gradient is 0 there

import numpy as np


def central_difference(f, x, h=1e-5):
    work = x.astype(float)
    flat = work.reshape(-1)
    gradient = np.zeros(x.size)
    for i in range(x.size):
        old = flat[i]
        flat[i] = old + h
        plus = f(work)
        flat[i] = old - h
        minus = f(work)
        flat[i] = old
        gradient[i] = (plus - minus) / (2 * h)
    return gradient.reshape(x.shape)
