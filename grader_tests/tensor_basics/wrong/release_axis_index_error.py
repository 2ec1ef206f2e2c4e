# axis_of_len: raises IndexError instead of TypeError for a 0-d array, from X.shape[0]


def axis_of_len(X):
    return X.shape.index(X.shape[0])
