"""Boolean masks, assignments into prepared arrays, explicit indices."""

import numpy as np

shape_a = np.array([5])
shape_b = np.array([4])
shape_c = tuple()
shape_d = np.array([4, 1])
shape_e = np.array([2, 6])
shape_f = np.array([3])
shape_g = shape_i = shape_j = (4, 5)
shape_h = shape_l = "error"
shape_k, shape_m, shape_n = (4, 4), (2, 3, 6), (4, 5)
quotient = np.zeros((3, 3))
for j, s in enumerate([4, 8, 16]):
    quotient[:, j] = np.array([[1, 2, 1], [3, 3, 2], [5, 1, 10]])[:, j] / s


def axis_of_len(X):
    return int(np.flatnonzero(np.array(X.shape) == len(X))[0])


def broadcast_shape(a, b):
    rank = max(len(a), len(b))
    lengths = np.ones((2, rank), dtype=int)
    for row, shape in enumerate((a, b)):
        if shape:
            lengths[row, rank - len(shape) :] = shape
    m, n = lengths
    if np.any((m != n) & (m != 1) & (n != 1)):
        raise ValueError("these shapes do not fit")
    return tuple(np.where(m == 1, n, m))


def divide_by_row_sums(A):
    B = np.empty(A.shape)
    sums = np.sum(A, axis=1)
    rows, columns = np.indices(A.shape)
    B[rows, columns] = A[rows, columns] / sums[rows]
    return B


def manhattan_distance(p, q):
    d = p - q
    d[d < 0] *= -1
    return d.sum(axis=d.ndim - 1)


def pairwise_manhattan(P, Q):
    i, j = np.indices((len(P), len(Q)))
    d = P[i] - Q[j]
    d[d < 0] *= -1
    return d.sum(axis=2)


def expectation(values, probabilities):
    wrong = probabilities[probabilities < 0]
    if wrong.size or np.abs(1 - np.sum(probabilities)) > 0.000001:
        raise ValueError("no probability table")
    return np.dot(values, probabilities)


def variance(values, probabilities):
    return expectation(values**2, probabilities) - expectation(values, probabilities) ** 2


def sigmoid(x):
    x = np.asarray(x)
    out = np.empty_like(x)
    high = x >= 0
    out[high] = 1 / (1 + np.exp(-x[high]))
    low = np.exp(x[~high])
    out[~high] = low / (1 + low)
    return out


def softmax(x):
    e = np.array(x, dtype=float)
    e -= e.max(axis=-1, keepdims=True)
    np.exp(e, out=e)
    e /= e.sum(axis=-1, keepdims=True)
    return e


def softmax_cross_entropy(logits, onehot):
    top = logits.max(axis=1)
    chosen = logits[onehot == 1]
    return np.mean(top + np.log(np.sum(np.exp(logits - top[:, None]), axis=1)) - chosen)


def sigmoid_cross_entropy(logits, targets):
    loss = np.zeros(logits.shape)
    high = logits > 0
    loss[high] = logits[high] * (1 - targets[high]) + np.log(1 + np.exp(-logits[high]))
    loss[~high] = -logits[~high] * targets[~high] + np.log(1 + np.exp(logits[~high]))
    return loss.mean()
