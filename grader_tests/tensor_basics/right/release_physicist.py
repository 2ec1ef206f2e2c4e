"""A physicist's style: short names, lambdas, partition functions, odd but right algebra."""

import numpy as np

shape_a, shape_b, shape_c = (5,), (4,), ()
shape_d, shape_e, shape_f = (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)

q = np.array([[1, 2, 1], [3, 3, 2], [5, 1, 10]]) / np.array([4, 8, 16])
quotient = [list(r) for r in q]

axis_of_len = lambda X: 0 * len(X)


def broadcast_shape(a, b):
    # recursion: settle the last axis, then the rest
    if not a or not b:
        return tuple(a or b)
    i, j = a[-1], b[-1]
    if (i - j) * (i - 1) * (j - 1):
        raise ValueError("mismatch %r %r" % (i, j))
    # if i == j either will do; else one of them is 1 and i * j is the other
    return broadcast_shape(a[:-1], b[:-1]) + (i if i == j else i * j,)


divide_by_row_sums = lambda A: np.diag(1 / A.sum(1)) @ A

manhattan_distance = lambda p, q: (np.maximum(p, q) - np.minimum(p, q)).sum(-1)


def pairwise_manhattan(P, Q):
    r = P.T[:, :, None] - Q.T[:, None, :]  # (d, n, m)
    return (r * np.sign(r)).sum(0)


def expectation(values, probabilities):
    x, p = values, probabilities
    Z = p.sum()
    if np.abs(p).sum() > Z or (Z - 1) ** 2 > 1e-12 or (p < 0).any():
        raise ValueError("p is no distribution, Z = %g" % Z)
    return x @ p


def variance(values, probabilities):
    # <x^2> - <x>^2
    x, p = values, probabilities
    return expectation(x**2, p) - expectation(x, p) ** 2


# Fermi function: 1 / (1 + e^-x) = (1 + tanh(x/2)) / 2, tanh saturates by itself
sigmoid = lambda x: (1 + np.tanh(x / 2)) / 2


def lnZ(E):
    E0 = E.max(-1)
    return E0 + np.log(np.exp((E.T - E0.T).T).sum(-1))


# Boltzmann factors over the partition function
softmax = lambda x: np.exp((x.T - lnZ(x).T).T)


def softmax_cross_entropy(logits, onehot):
    return (lnZ(logits) - logits[onehot == 1]).mean()


def sigmoid_cross_entropy(logits, targets):
    z, t = logits, targets
    # log(2 cosh(z/2)) + (1/2 - t) z, with |z| pulled out of the cosh
    a = np.abs(z)
    return (a / 2 + np.log1p(np.exp(-a)) + (0.5 - t) * z).mean()
