# state_jacobian: Ws is raised to the power t-k and only the slope of the last state is used

import numpy as np


def state_jacobian(params, hs, k, t):
    if k == t:
        return np.eye(hs.shape[1])
    return np.diag(1 - hs[t] ** 2) @ np.linalg.matrix_power(params["Ws"], t - k)
