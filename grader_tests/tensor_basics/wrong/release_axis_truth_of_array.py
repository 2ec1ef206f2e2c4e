# axis_of_len: asks "if not len(X)" and takes an array with a first axis of length 0 for a 0-d array


def axis_of_len(X):
    if X.ndim == 0 or not len(X):
        raise TypeError("there is nothing to count")
    return 0
