# path_gradient: the result is bounded by 1, as gates below 1 "cannot explode"

import math


def path_gradient(m, n, f1, f2):
    return min(1.0, math.comb(m + n, m) * f1**m * f2**n)
