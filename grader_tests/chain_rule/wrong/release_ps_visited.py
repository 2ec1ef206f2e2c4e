# path_sum: marks circles as visited and never enters one twice, so paths that meet again are lost


def path_sum(slopes, start, end):
    visited = set()

    def walk(node):
        if node == end:
            return 1.0
        if node in visited:
            return 0.0
        visited.add(node)
        return sum(s * walk(head) for (tail, head), s in slopes.items() if tail == node)

    return walk(start)
