# state_jacobian: the slopes are computed in place in hs, so the caller's states are changed

import numpy as np


def state_jacobian(params, hs, k, t):
    slopes = hs[k + 1 : t + 1]  # a view of hs
    slopes *= -slopes
    slopes += 1
    J = np.eye(hs.shape[1])
    for slope in slopes:
        J = slope[:, None] * params["Ws"] @ J
    return J
