# pairwise_manhattan: computes one triangle and mirrors it where n = m, as if P and Q were the same points

import numpy as np


def pairwise_manhattan(P, Q):
    D = np.abs(P[:, None, :] - Q[None, :, :]).sum(axis=2)
    if len(P) == len(Q):
        upper = np.triu(D)
        D = upper + upper.T - np.diag(np.diag(D))
    return D
