"""Imports more than it needs, long docstrings, a commented-out numerical check beside the work."""

import functools
import itertools
import math
import warnings
from fractions import Fraction
from typing import Tuple

import numpy as np
import numpy.typing as npt
import sympy
import torch

shape_a, shape_b, shape_c = (5,), (4,), ()
shape_d, shape_e, shape_f = (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)

quotient = [[1 / 4, 2 / 8, 1 / 16], [3 / 4, 3 / 8, 2 / 16], [5 / 4, 1 / 8, 10 / 16]]

EPS_TABLE = 1e-6


# def numerical_derivative(f, x, h=1e-6):
#     # finite difference, to compare with torch.autograd.grad; only for playing with the losses
#     return (f(x + h) - f(x - h)) / (2 * h)


def gradient_check(f, x, h=1e-5):
    """Central differences of a function of an array, for myself. Not used below.

    One could also use autograd (torch.autograd) or a complex step; this assignment needs none.
    """
    g = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        g[i] = (f(x + e) - f(x - e)) / (2 * h)
    return g


def as_number(f):
    """Decorator: turn the returned 0-d value into a Python float."""

    @functools.wraps(f)
    def wrapped(*args, **kwargs):
        return float(f(*args, **kwargs))

    return wrapped


def axis_of_len(X: npt.NDArray) -> int:
    """The axis that len looks at.

    It is always the first. X.shape.index(len(X)) also finds it, as the first axis comes first.
    len raises the TypeError that we need.
    """
    return X.shape.index(len(X))


def broadcast_shape(a: Tuple[int, ...], b: Tuple[int, ...]) -> Tuple[int, ...]:
    """The rule itself. (np.broadcast_shapes(a, b) does the same; not allowed here.)"""
    pairs = itertools.zip_longest(reversed(a), reversed(b), fillvalue=1)
    result = []
    for i, j in pairs:
        match (i, j):
            case (1, n) | (n, 1):
                result.append(n)
            case (m, n) if m == n:
                result.append(n)
            case _:
                raise ValueError("shapes %s and %s do not fit" % (a, b))
    return tuple(result[::-1])


def divide_by_row_sums(A: npt.NDArray) -> npt.NDArray:
    """Not A / A.sum(axis=1), that is the trap. None puts the missing axis in."""
    return np.true_divide(A, A.sum(axis=1)[:, None])


def manhattan_distance(p, q):
    """Manhattan, no torch.cdist(p, q, p=1)."""
    return np.sum(np.fabs(np.subtract(p, q)), axis=-1)


def pairwise_manhattan(P, Q):
    """(n, m): builds (m, n) first, as I think of Q as the outer one, and turns it round."""
    D = np.fabs(Q[:, None] - P[None]).sum(axis=2)
    return np.ascontiguousarray(D.T)


@as_number
def expectation(values, probabilities):
    """Expectation with fsum, so that the test of the sum is not about rounding."""
    if any(p < 0 for p in probabilities):
        raise ValueError("negative probability")
    if math.fabs(math.fsum(probabilities) - 1.0) > EPS_TABLE:
        raise ValueError("sum is off")
    return math.fsum(values * probabilities)


@as_number
def variance(values, probabilities, mean_of=expectation):
    """Half the mean squared difference of two independent draws: sum_ij p_i p_j (x_i - x_j)^2 / 2.

    With mean_of = expectation twice: E_i[E_j[(x_i - x_j)^2]] / 2. The table is checked on the way.
    """
    inner = np.array([mean_of((x - values) ** 2, probabilities) for x in values])
    return mean_of(inner, probabilities) / 2


def sigmoid(x):
    """Sigmoid. Its derivative would be s * (1 - s); a numerical derivative is not needed.

    No warnings.catch_warnings() here: exp never sees a positive number.
    """
    p = np.exp(np.minimum(x, 0))  # 1 where x >= 0
    n = np.exp(-np.maximum(x, 0))  # 1 where x <= 0
    return p / (p + n)


def softmax(x):
    """Softmax over the last axis (torch.softmax(x, dim=-1) by hand)."""
    y = np.moveaxis(x, -1, 0)
    y = y - y.max(axis=0)
    e = np.exp(y)
    e /= e.sum(axis=0)
    return np.moveaxis(e, 0, -1)


@as_number
def softmax_cross_entropy(logits, onehot):
    """Like torch.nn.functional.cross_entropy. The score of the right class goes to 0, the rest follow.

    -log p_k = log sum_j exp(z_j - z_k), and that is the log-sum-exp of the margins.
    """
    right = np.sum(logits * onehot, axis=1, keepdims=True)
    margins = logits - right
    top = margins.max(axis=1, keepdims=True)
    return np.mean(top + np.log(np.exp(margins - top).sum(axis=1, keepdims=True)))


@as_number
def sigmoid_cross_entropy(logits, targets):
    """Like binary_cross_entropy_with_logits. Finite differences of it gave (sigmoid - t) / N, good."""
    return np.average(np.log1p(np.exp(-np.abs(logits))) + np.clip(logits, 0, None) - targets * logits)
