# broadcast_shape: lets a length of 0 fit with every length, not with 0 and 1 only


def broadcast_shape(a, b):
    n = max(len(a), len(b))
    out = []
    for i, j in zip((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b):
        if 0 in (i, j):
            out.append(0)
        elif i == j or 1 in (i, j):
            out.append(max(i, j))
        else:
            raise ValueError("do not fit")
    return tuple(out)
