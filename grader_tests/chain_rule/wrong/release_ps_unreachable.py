# path_sum: stops with KeyError where a circle has no arrow that leaves it


def path_sum(slopes, start, end):
    out = {}
    for (tail, head), s in slopes.items():
        out.setdefault(tail, []).append((head, s))

    def walk(node):
        if node == end:
            return 1.0
        return sum(s * walk(head) for head, s in out[node])

    return walk(start)
