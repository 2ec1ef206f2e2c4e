# clip_by_norm: the arrays are multiplied in place, so the caller's gradients are changed

import numpy as np


def clip_by_norm(grads, most):
    n = np.sqrt(sum((g**2).sum() for g in grads.values()))
    result = dict(grads)  # a new dict, but the same arrays
    if n > most:
        for g in result.values():
            g *= most / n
    return result
