"""Python lists and exact fractions where they fit, recursion over the axes elsewhere."""

import math
from fractions import Fraction
from itertools import zip_longest

import numpy as np

shape_a, shape_b, shape_c, shape_d, shape_e, shape_f = (5,), (4,), (), (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "Error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "ERROR", (2, 3, 6), (4, 5)
rows = [[1, 2, 1], [3, 3, 2], [5, 1, 10]]
quotient = [[float(Fraction(row[j], sum(rows[j]))) for j in range(3)] for row in rows]


def axis_of_len(X):
    if X.shape == ():
        raise TypeError
    return min(axis for axis, length in enumerate(X.shape) if length == len(X))


def fit(m, n):
    options = {m, n} - {1}
    if len(options) > 1:
        raise ValueError(f"{m} does not go with {n}")
    return options.pop() if options else 1


def broadcast_shape(a, b):
    return tuple(fit(m, n) for m, n in zip_longest(a[::-1], b[::-1], fillvalue=1))[::-1]


def divide_by_row_sums(A):
    return [[value / math.fsum(row) for value in row] for row in A.tolist()]


def manhattan_distance(p, q):
    if p.ndim == 1:
        return float(sum(abs(Fraction(a) - Fraction(b)) for a, b in zip(p.tolist(), q.tolist())))
    return np.array([manhattan_distance(a, b) for a, b in zip(p, q)]).reshape(p.shape[:-1])


def pairwise_manhattan(P, Q):
    return manhattan_by_sides(P[:, np.newaxis], Q[np.newaxis])


def manhattan_by_sides(a, b):
    ahead = np.clip(a - b, 0, None).sum(axis=-1)
    behind = np.clip(b - a, 0, None).sum(axis=-1)
    return ahead + behind


def expectation(values, probabilities):
    p = [Fraction(x) for x in probabilities.tolist()]
    if min(p) < 0 or abs(sum(p) - 1) > Fraction(1, 10**6):
        raise ValueError("not a table")
    return float(sum(Fraction(v) * w for v, w in zip(values.tolist(), p)))


def variance(values, probabilities):
    mean = expectation(values, probabilities)
    return sum(p * (v - mean) ** 2 for v, p in zip(values.tolist(), probabilities.tolist()))


def one(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else 0.0


def sigmoid(x):
    return np.array([one(z) for z in x.ravel().tolist()]).reshape(x.shape)


def softmax(x):
    if x.ndim > 1:
        return np.array([softmax(part) for part in x])
    weights = [math.exp(z - max(x)) for z in x.tolist()]
    return np.array(weights) / math.fsum(weights)


def softmax_cross_entropy(logits, onehot):
    losses = []
    for z, hot in zip(logits.tolist(), onehot.tolist()):
        own = z[hot.index(1)]
        top = max(z)
        losses.append(top - own + math.log(math.fsum(math.exp(s - top) for s in z)))
    return math.fsum(losses) / len(losses)


def sigmoid_cross_entropy(logits, targets):
    losses = [
        max(z, 0) - z * t + math.log1p(math.exp(-abs(z)))
        for z, t in zip(logits.ravel().tolist(), targets.ravel().tolist())
    ]
    return sum(losses) / len(losses)
