# path_sum: keeps results in a default argument, so a second graph with the same names gets the first graph's numbers


def path_sum(slopes, start, end, memo={}):
    if start == end:
        return 1.0
    if (start, end) not in memo:
        memo[start, end] = sum(s * path_sum(slopes, head, end) for (tail, head), s in slopes.items() if tail == start)
    return memo[start, end]
