# path_gradient: each step is taken as a free choice, so 2**min(m, n) paths are counted


def path_gradient(m, n, f1, f2):
    return 2 ** min(m, n) * f1**m * f2**n
