# piecewise: two branches that meet smoothly, so the function has no break at all

breakpoints = [1.0]


def piecewise(x):
    return x**2 if x < 1 else 2 * x - 1


def piecewise_gradient(x):
    return 2 * x if x < 1 else 2.0
