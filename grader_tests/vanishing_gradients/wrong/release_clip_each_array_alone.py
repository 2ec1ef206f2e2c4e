# clip_by_norm: each array is clipped by its own norm in place of one norm for all

import numpy as np


def clip_by_norm(grads, most):
    result = {}
    for name, g in grads.items():
        n = np.linalg.norm(g)
        result[name] = g * (most / n) if n > most else g.copy()
    return result
