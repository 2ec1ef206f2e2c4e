# broadcast_shape: returns a list where a tuple is asked for


def broadcast_shape(a, b):
    n = max(len(a), len(b))
    out = []
    for i, j in zip((1,) * (n - len(a)) + a, (1,) * (n - len(b)) + b):
        if i != j and i != 1 and j != 1:
            raise ValueError("do not fit")
        out.append(j if i == 1 else i)
    return out
