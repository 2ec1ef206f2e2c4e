# piecewise: a branch only 0.02 wide, between 2.71 and 2.73, brings two jumps that are not listed

breakpoints = [0.0]


def piecewise(x):
    if 2.71 < x < 2.73:
        return x + 1
    return abs(x)


def piecewise_gradient(x):
    return 1.0 if x > 0 else -1.0
