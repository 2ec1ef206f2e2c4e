# divide_by_row_sums: a single column loses its axis

import numpy as np


def divide_by_row_sums(A):
    return np.squeeze(A) / A.sum(axis=1) if A.shape[1] == 1 else (A.T / A.sum(axis=1)).T
