# path_sum: takes the used arrows out of the dict slopes, so the argument is changed


def path_sum(slopes, start, end):
    memo = {end: 1.0}

    def walk(node):
        if node not in memo:
            arrows = [arrow for arrow in slopes if arrow[0] == node]
            memo[node] = 0.0
            for arrow in arrows:
                memo[node] += slopes.pop(arrow) * walk(arrow[1])
        return memo[node]

    return walk(start)
