# path_sum: returns the product of the first path found in place of the sum over all


def path_sum(slopes, start, end):
    if start == end:
        return 1.0
    for (tail, head), s in slopes.items():
        if tail == start:
            rest = path_sum(slopes, head, end)
            if rest != 0:
                return s * rest
    return 0.0
