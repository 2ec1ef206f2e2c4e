# relative_error: takes a row of numbers, or rows of numbers, and no more axes

import numpy as np


def relative_error(a, b):
    errors = np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12)
    if errors.ndim == 1:
        return max(errors)
    return max(max(row) for row in errors)
