# pairwise_manhattan: loops over copies that are plain arrays

import numpy as np


def pairwise_manhattan(P, Q):
    P, Q = np.array(P), np.array(Q)
    D = np.zeros((len(P), len(Q)))
    for i in range(len(P)):
        for j in range(len(Q)):
            D[i, j] = np.abs(P[i] - Q[j]).sum()
    return D
