"""Everything is softmax: the sigmoid is a softmax of two classes, both losses are one log-softmax."""

import numpy as np

shape_a, shape_b, shape_c, shape_d, shape_e, shape_f = (5,), (4,), (), (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)
quotient = ((1 / 4, 1 / 4, 1 / 16), (3 / 4, 3 / 8, 1 / 8), (5 / 4, 1 / 8, 5 / 8))


def axis_of_len(X):
    return 0 if len(X) >= 0 else None


def broadcast_shape(a, b):
    a, b = list(a), list(b)
    while len(a) != len(b):
        (a if len(a) < len(b) else b).insert(0, 1)
    for k in range(len(a)):
        if a[k] == 1:
            a[k] = b[k]
        elif b[k] != 1 and a[k] != b[k]:
            raise ValueError(f"axis {k}")
    return tuple(a)


def divide_by_row_sums(A):
    sums = A @ np.ones(A.shape[1])
    return np.diag(1 / sums) @ A


def manhattan_distance(p, q):
    return np.linalg.norm(p - q, ord=1, axis=-1)


def pairwise_manhattan(P, Q):
    n, m = len(P), len(Q)
    left = np.repeat(P, m, axis=0)
    right = np.tile(Q, (n, 1))
    return manhattan_distance(left, right).reshape(n, m)


def expectation(values, probabilities):
    if (np.sign(probabilities) == -1).any():
        raise ValueError("negative")
    if not np.isclose(probabilities.sum(), 1, rtol=0, atol=1e-6):
        raise ValueError("sum")
    return np.average(values, weights=probabilities)


def variance(values, probabilities):
    # half the expected squared distance of two independent draws
    expectation(values, probabilities)
    squared = (values[:, None] - values[None, :]) ** 2
    return probabilities @ squared @ probabilities / 2


def log_softmax(z):
    shifted = z - np.amax(z, axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def softmax(x):
    return np.exp(log_softmax(x))


def sigmoid(x):
    return softmax(np.stack([np.zeros_like(x), x], axis=-1))[..., 1]


def softmax_cross_entropy(logits, onehot):
    return (-onehot * log_softmax(logits)).sum(axis=1).mean()


def sigmoid_cross_entropy(logits, targets):
    two = np.stack([np.zeros_like(logits), logits], axis=-1)
    return -(log_softmax(two) * np.stack([1 - targets, targets], axis=-1)).sum(axis=-1).mean()
