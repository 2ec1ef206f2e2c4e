# path_gradient: the number of paths comes from Stirling's formula for more than ten steps, wrong in the third digit

import math


def log_factorial(k):
    if k <= 10:
        return math.log(math.factorial(k))
    return k * math.log(k) - k + 0.5 * math.log(2 * math.pi * k)


def path_gradient(m, n, f1, f2):
    paths = round(math.exp(log_factorial(m + n) - log_factorial(m) - log_factorial(n)))
    return paths * f1**m * f2**n
