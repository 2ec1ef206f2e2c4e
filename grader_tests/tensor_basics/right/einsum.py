"""Index notation: sums and products are np.einsum; stable formulas through np.logaddexp."""

import numpy as np

x_, t_ = np.empty((4, 5)), np.empty((2, 3, 6))
shape_a = np.einsum("ij->j", x_).shape
shape_b = np.einsum("ij->i", x_).shape
shape_c = np.einsum("ij->", x_).shape
shape_d = np.einsum("ij->i", x_)[:, None].shape
shape_e = np.einsum("aij->aj", t_).shape
shape_f = np.einsum("aij->i", t_).shape
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)
a_ = np.array([[1.0, 2, 1], [3, 3, 2], [5, 1, 10]])
quotient = np.einsum("ij,j->ij", a_, 1 / np.einsum("jk->j", a_))


def axis_of_len(X):
    letters = range(X.ndim)
    if not letters:
        raise TypeError("no axes")
    return letters[0]


def broadcast_shape(a, b):
    axes = {}
    for shape in (a, b):
        for place, length in enumerate(reversed(shape)):
            if axes.setdefault(place, length) == 1:
                axes[place] = length
            elif length not in (1, axes[place]):
                raise ValueError("no fit")
    return tuple(axes[place] for place in sorted(axes, reverse=True))


def divide_by_row_sums(A):
    return np.einsum("ij,i->ij", A, 1 / np.einsum("ik->i", A))


def manhattan_distance(p, q):
    return np.einsum("...k->...", np.abs(p - q))


def pairwise_manhattan(P, Q):
    return np.einsum("imk->im", np.abs(np.expand_dims(P, 1) - Q))


def expectation(values, probabilities):
    total = np.einsum("i->", probabilities)
    if (probabilities < 0).any() or total > 1 + 1e-6 or total < 1 - 1e-6:
        raise ValueError("no table")
    return np.einsum("i,i->", values, probabilities)


def variance(values, probabilities):
    first = expectation(values, probabilities)
    return np.einsum("i,i,i->", values, values, probabilities) - first * first


def sigmoid(x):
    return np.exp(-np.logaddexp(0.0, -x))


def softmax(x):
    shifted = x - np.max(x, axis=-1)[..., None]
    e = np.exp(shifted)
    return np.einsum("...c,...->...c", e, 1 / np.einsum("...c->...", e))


def softmax_cross_entropy(logits, onehot):
    total = np.einsum("n->", np.logaddexp.reduce(logits, axis=1))
    return (total - np.einsum("nc,nc->", onehot, logits)) / len(logits)


def sigmoid_cross_entropy(logits, targets):
    yes = np.logaddexp(0.0, -logits)
    no = np.logaddexp(0.0, logits)
    return np.average(targets * yes + (1 - targets) * no)
