# path_sum: returns 0 where start is end


def path_sum(slopes, start, end):
    total = 0.0
    for (tail, head), s in slopes.items():
        if tail == start:
            total += s if head == end else s * path_sum(slopes, head, end)
    return total
