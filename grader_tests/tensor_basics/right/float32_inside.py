"""Everything is computed in float32 and handed back as float64 or float32."""

import numpy as np

shape_a, shape_b, shape_c = np.int64([5]), np.int64([4]), np.float32(0).shape
shape_d, shape_e, shape_f = (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)
quotient = np.float32([[0.25, 0.25, 0.0625], [0.75, 0.375, 0.125], [1.25, 0.125, 0.625]])


def single(x):
    return np.asarray(x, dtype=np.float32)


def axis_of_len(X):
    return np.float32(0 * len(X))


def broadcast_shape(a, b):
    if len(a) < len(b):
        return broadcast_shape(b, a)
    front, back = a[: len(a) - len(b)], a[len(a) - len(b) :]
    if any(m != n and 1 not in (m, n) for m, n in zip(back, b)):
        raise ValueError
    return front + tuple(m * n if 1 in (m, n) else m for m, n in zip(back, b))


def divide_by_row_sums(A):
    return (single(A).T / single(A).sum(axis=1)).T


def manhattan_distance(p, q):
    return np.abs(single(p) - single(q)).sum(axis=-1).astype(np.float64)


def pairwise_manhattan(P, Q):
    return np.linalg.norm(single(P)[:, None] - single(Q)[None], ord=1, axis=2)


def expectation(values, probabilities):
    if np.min(probabilities) < 0 or np.abs(np.sum(probabilities) - 1) > 1e-6:
        raise ValueError("table")
    return np.float64(single(values) @ single(probabilities))


def variance(values, probabilities):
    mean = single(expectation(values, probabilities))
    return np.square(single(values) - mean) @ single(probabilities)


def sigmoid(x):
    return (0.5 * (1 + np.tanh(0.5 * single(x)))).astype(np.float64)


def softmax(x):
    e = np.exp(single(x) - single(x).max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits, onehot):
    z = single(logits)
    z = z - z.max(axis=1, keepdims=True)
    rows = np.log(np.exp(z).sum(axis=1)) - (z * single(onehot)).sum(axis=1)
    return float(rows.mean())


def sigmoid_cross_entropy(logits, targets):
    z, t = single(logits), single(targets)
    return np.mean(np.log1p(np.exp(-np.abs(z))) + z.clip(0) - z * t, dtype=np.float64)
