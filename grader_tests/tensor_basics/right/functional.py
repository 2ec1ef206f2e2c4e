"""One expression for each function: reduce, lambda, ufunc methods, apply_along_axis."""
# ruff: noqa: E731

from functools import reduce
from operator import add

import numpy as np

drop = lambda shape, axes: tuple(n for k, n in enumerate(shape) if k not in axes)
shape_a, shape_b, shape_c = drop((4, 5), {0}), drop((4, 5), {1}), drop((4, 5), {0, 1})
shape_d, shape_e, shape_f = (4, 1), drop((2, 3, 6), {1}), drop((2, 3, 6), {0, 2})
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)
quotient = (lambda A: (A.T / A.sum(axis=1)[:, None]).T)(np.array([[1.0, 2, 1], [3, 3, 2], [5, 1, 10]]))

axis_of_len = lambda X: X.shape.index(len(X))


def refuse(*lengths):
    raise ValueError(lengths)


broadcast_shape = lambda a, b: (
    ()
    if not a and not b
    else broadcast_shape(a[:-1], b[:-1])
    + (lambda m, n: (m,) if n in (1, m) else (n,) if m == 1 else refuse(m, n))((a or (1,))[-1], (b or (1,))[-1])
)

divide_by_row_sums = lambda A: np.apply_along_axis(lambda row: row / reduce(add, row), 1, A)
manhattan_distance = lambda p, q: np.add.reduce(np.fabs(np.subtract(p, q)), axis=-1)
pairwise_manhattan = lambda P, Q: np.add.reduce(
    np.fabs(np.diagonal(np.subtract.outer(P, Q), axis1=1, axis2=3)), axis=-1
)
expectation = lambda values, probabilities: (
    np.inner(values, probabilities)
    if all(probabilities >= 0) and abs(reduce(add, probabilities) - 1) <= 1e-6
    else refuse()
)
variance = lambda values, probabilities: expectation(
    np.square(values - expectation(values, probabilities)), probabilities
)
sigmoid = lambda x: np.piecewise(x, [x < 0], [lambda z: np.exp(z) / (1 + np.exp(z)), lambda z: 1 / (1 + np.exp(-z))])
log_softmax = lambda z: z - np.logaddexp.reduce(z, axis=-1, keepdims=True)
softmax = lambda x: np.exp(log_softmax(x))
softmax_cross_entropy = lambda logits, onehot: -np.vdot(onehot, log_softmax(logits)) / logits.shape[0]
sigmoid_cross_entropy = lambda logits, targets: np.sum(np.logaddexp(0, -logits) + (1 - targets) * logits) / logits.size
