# path_gradient: the result is rounded to 6 places, so small derivatives become 0

import math


def path_gradient(m, n, f1, f2):
    return round(math.comb(m + n, m) * f1**m * f2**n, 6)
