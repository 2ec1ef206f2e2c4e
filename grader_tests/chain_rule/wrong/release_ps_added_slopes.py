# path_sum: adds the slopes along a path in place of multiplying them


def path_sum(slopes, start, end):
    def paths(node):
        if node == end:
            return [[]]
        return [[s] + rest for (t, h), s in slopes.items() if t == node for rest in paths(h)]

    return sum(sum(p) for p in paths(start))
