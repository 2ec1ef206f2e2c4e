# state_jacobian: the slope of hs[k] is multiplied in as well, so there are t-k+1 slopes and k = t is not the identity

import numpy as np


def state_jacobian(params, hs, k, t):
    J = np.diag(1 - hs[k] ** 2)
    for s in range(k + 1, t + 1):
        J = (1 - hs[s] ** 2)[:, None] * params["Ws"] @ J
    return J
