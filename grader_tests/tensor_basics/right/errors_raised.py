"""NumPy raises where it would warn, functions check what they are given, and classes of one's own are returned."""

import numpy as np
from numpy import expand_dims


class NoTable(ValueError):
    pass


class Shape(tuple):
    def __repr__(self):
        return "x".join(map(str, self))


def axis_of_len(X):
    return int(np.argmax(np.array(X.shape) == len(X)))


def broadcast_shape(a, b):
    longer, shorter = sorted((a, b), key=len, reverse=True)
    shape = list(longer)
    for place in range(-len(shorter), 0):
        m, n = longer[place], shorter[place]
        if 1 not in (m, n) and m != n:
            raise ValueError(f"{m} does not meet {n}")
        shape[place] = n if m == 1 else m
    return Shape(shape)


@np.errstate(all="raise")
def divide_by_row_sums(A):
    return np.divide(A, np.sum(A, axis=-1)[:, np.newaxis])


def manhattan_distance(p, q):
    assert np.shape(p) == np.shape(q), f"{np.shape(p)} and {np.shape(q)}"
    return np.linalg.norm(p - q, ord=1, axis=-1)


def pairwise_manhattan(P, Q):
    P, Q = np.asarray(P, dtype=float), np.asarray(Q, dtype=float)
    (n, d), (m, other) = P.shape, Q.shape
    assert d == other, f"{d} coordinates and {other}"
    difference = expand_dims(P, 1) - expand_dims(Q, 0)
    assert difference.shape == (n, m, d)
    return np.add.reduce(np.fabs(difference, out=difference), axis=-1)


def expectation(values, probabilities):
    total = probabilities.sum()
    if min(probabilities) < 0 or not 1 - 1e-6 <= total <= 1 + 1e-6:
        raise NoTable(f"these {len(values)} probabilities add up to {total}")
    return values @ (probabilities / total)


def variance(values, probabilities):
    return expectation((values - expectation(values, probabilities)) ** 2, probabilities)


def sigmoid(x):
    with np.errstate(over="raise", invalid="raise", divide="raise", under="ignore"):
        small = np.exp(np.minimum(x, 0)) / (1 + np.exp(np.minimum(x, 0)))
        large = 1 / (1 + np.exp(-np.maximum(x, 0)))
    return np.where(x < 0, small, large)


@np.errstate(under="ignore", over="raise")
def softmax(x):
    y = np.moveaxis(x, -1, 0)
    y = np.exp(y - y.max(axis=0))
    return np.moveaxis(y / y.sum(axis=0), 0, -1)


def softmax_cross_entropy(logits, onehot):
    np.seterr(all="raise", under="ignore")
    try:
        wanted = logits[onehot == 1]
        return np.mean(np.log(np.exp(logits - logits.max(1)[:, None]).sum(1)) + logits.max(1) - wanted)
    finally:
        np.seterr(all="warn")


def sigmoid_cross_entropy(logits, targets):
    with np.errstate(all="ignore"):
        tail = np.log1p(np.exp(-np.fabs(logits)))
    return np.mean(np.where(logits > 0, logits * (1 - targets), -logits * targets) + tail)
