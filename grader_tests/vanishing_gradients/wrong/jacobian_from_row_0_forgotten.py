# state_jacobian: `k or 1` takes row 0 for a row that was not given, so a way from the first state begins at the second

import numpy as np


def state_jacobian(params, hs, k, t):
    J = np.eye(hs.shape[1])
    for s in range((k or 1) + 1, t + 1):
        J = np.diag(1 - hs[s] ** 2) @ params["Ws"] @ J
    return J
