# path_sum: stops after four rounds, so longer paths are lost


def path_sum(slopes, start, end):
    value = {start: 1.0}
    total = 1.0 if start == end else 0.0
    for _ in range(4):
        new = {}
        for (tail, head), s in slopes.items():
            if tail in value:
                new[head] = new.get(head, 0.0) + s * value[tail]
        total += new.get(end, 0.0)
        value = new
    return total
