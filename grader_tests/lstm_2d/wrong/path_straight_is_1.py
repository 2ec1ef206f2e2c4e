# path_gradient: the recursion ends at the border with 1, as if a straight path collected no factor

from functools import cache


def path_gradient(m, n, f1, f2):
    if m == 0 or n == 0:
        return 1.0

    @cache
    def received(a, b):
        if a == 0 and b == 0:
            return 1.0
        down = f1 * received(a - 1, b) if a else 0.0
        right = f2 * received(a, b - 1) if b else 0.0
        return down + right

    return received(m, n)
