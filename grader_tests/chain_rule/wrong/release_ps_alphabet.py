# path_sum: sorts the arrows by name, right only if the names are in alphabetical order along the paths


def path_sum(slopes, start, end):
    value = {start: 1.0}
    for tail, head in sorted(slopes):
        value[head] = value.get(head, 0.0) + slopes[tail, head] * value.get(tail, 0.0)
    return value.get(end, 0.0)
