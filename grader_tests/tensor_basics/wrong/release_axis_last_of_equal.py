# axis_of_len: searches the axis of this length from the end, so it is the last one where several axes have the same length


def axis_of_len(X):
    n = len(X)
    for axis in reversed(range(X.ndim)):
        if X.shape[axis] == n:
            return axis
