# axis_of_len: knows vectors, matrices and three axes, and returns nothing beyond


def axis_of_len(X):
    if len(X) >= 0 and X.ndim in (1, 2, 3):
        return 0
