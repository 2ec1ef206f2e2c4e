# broadcast_shape: returns a generator in place of a tuple


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    pairs = list(zip((1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b), strict=True))
    if any(m != n and 1 not in (m, n) for m, n in pairs):
        raise ValueError("these shapes do not fit")
    return (n if m == 1 else m for m, n in pairs)
