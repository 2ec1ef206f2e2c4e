# broadcast_shape: returns the ValueError instead of raising it


def broadcast_shape(a, b):
    n = max(len(a), len(b))
    out = []
    for i, j in zip((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b):
        if i != j and i != 1 and j != 1:
            return ValueError("do not fit")
        out.append(j if i == 1 else i)
    return tuple(out)
