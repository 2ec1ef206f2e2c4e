# gradient_f: approximates the gradient by central differences of f in place of writing the formula

import numpy as np


def gradient_f(x):
    def f(x):
        return 3 * x[0] ** 2 + 5 * np.exp(x[1])

    h = 1e-5
    result = np.zeros(2)
    for i in range(2):
        e = np.zeros(2)
        e[i] = h
        result[i] = (f(x + e) - f(x - e)) / (2 * h)
    return result
