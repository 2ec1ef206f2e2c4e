# divide_by_row_sums: guards against small sums with np.maximum(sum, 1e-8), wrong where a row sum is negative

import numpy as np


def divide_by_row_sums(A):
    return A / np.maximum(A.sum(axis=1, keepdims=True), 1e-8)
