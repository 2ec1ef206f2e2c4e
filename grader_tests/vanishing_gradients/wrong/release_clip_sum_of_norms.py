# clip_by_norm: the norms of the arrays are added up in place of their squares

import numpy as np


def clip_by_norm(grads, most):
    n = sum(np.linalg.norm(g) for g in grads.values())
    return {name: g * min(1.0, most / n) for name, g in grads.items()}
