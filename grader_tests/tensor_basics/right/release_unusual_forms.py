"""Other forms than the hints: loops, generators, views, other but equal formulas."""

import numpy as np

shape_a = (5,)
shape_b = (4,)
shape_c = ()
shape_d = (4, 1)
shape_e = (2, 3, 6)[::2]
shape_f = (3,)


def axis_of_len(X):
    if not X.ndim:
        raise TypeError("len() of unsized object")
    return 0


shape_g = (4, 5)
shape_h = "error"
shape_i = (4, 5)
shape_j = (4, 5)
shape_k = (4,) * 2
shape_l = "error"
shape_m = (2, 3, 6)
shape_n = (4, 5)


def broadcast_shape(a, b):
    # indices from the end, while loop, list built up
    out: list[int] = []
    i = -1
    while -i <= max(len(a), len(b)):
        x = a[i] if -i <= len(a) else 1
        y = b[i] if -i <= len(b) else 1
        if len(longer := {x, y} - {1}) > 1:
            raise ValueError("lengths %d and %d" % (x, y))
        out.insert(0, longer.pop() if longer else 1)
        i -= 1
    return tuple(out)


quotient = np.divide([[1, 2, 1], [3, 3, 2], [5, 1, 10]], [4, 8, 16]).tolist()


def divide_by_row_sums(A):
    # nested lists, by plain loops
    rows = []
    for row in A:
        total = sum(float(entry) for entry in row)
        rows.append([float(entry) / total for entry in row])
    return rows if rows else np.empty(A.shape)


def manhattan_distance(p, q):
    difference = p - q
    return np.einsum("...k->...", np.where(difference < 0, -difference, difference))


def pairwise_manhattan(P, Q):
    # coordinate first, the other set first, and a transpose at the end
    return np.linalg.norm(Q[:, np.newaxis] - P[np.newaxis], ord=1, axis=2).T


def expectation(values, probabilities):
    import math

    if min(probabilities) < 0:
        raise ValueError(f"negative: {min(probabilities)}")
    total = math.fsum(probabilities)
    if total > 1 + 1e-6 or total < 1 - 1e-6:
        raise ValueError(f"sum {total}")
    return math.fsum(v * p for v, p in zip(values, probabilities)) / total


def variance(values, probabilities):
    # half the expected squared difference of two independent draws
    expectation(values, probabilities)
    squared = np.subtract.outer(values, values) ** 2
    return probabilities @ squared @ probabilities / 2


def sigmoid(x):
    e = np.exp(-np.abs(x))
    numerator = np.asarray(np.ones_like(x))
    negative = x < 0
    numerator[negative] = np.asarray(e)[negative]
    return numerator / (1 + e)


def softmax(x):
    # recursion over the leading axes, largest score by sorting
    if x.ndim > 1:
        result = np.empty(x.shape)
        for i, part in enumerate(x):
            result[i] = softmax(part)
        return result
    *_, largest = sorted(x)
    e = [np.exp(score - largest) for score in x]
    return np.array(e) / sum(e)


def softmax_cross_entropy(logits, onehot):
    losses = []
    for scores, hot in zip(logits, onehot):
        m = scores.max()
        (k,) = np.flatnonzero(hot)
        losses.append(m - scores[k] + np.log(np.exp(scores - m).sum()))
    return np.float32(sum(losses) / len(losses))


def sigmoid_cross_entropy(logits, targets):
    import math

    def losses():
        for s, t in zip(logits.flat, targets.flat):
            yield max(s, 0.0) - t * s + math.log1p(math.exp(-abs(s)))

    return math.fsum(losses()) / logits.size
