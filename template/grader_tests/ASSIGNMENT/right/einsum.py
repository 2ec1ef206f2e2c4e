"""Index notation: every product and every sum is one np.einsum, whose letters are n and d."""

import numpy as np


def cosine(x, w, grad_s):
    length_x = np.sqrt(np.einsum("nd,nd->n", x, x))
    length_w = np.sqrt(np.einsum("d,d->", w, w))
    unit_x = np.einsum("nd,n->nd", x, 1 / length_x)
    unit_w = np.einsum("d,->d", w, 1 / length_w)
    s = np.einsum("nd,d->n", unit_x, unit_w)
    across_x = unit_w - np.einsum("n,nd->nd", s, unit_x)
    across_w = unit_x - np.einsum("n,d->nd", s, unit_w)
    grad_x = np.einsum("n,nd->nd", grad_s / length_x, across_x)
    return s, grad_x, np.einsum("n,nd->d", grad_s, across_w) / length_w
