# relative_error: takes the larger of a and b without absolute values, wrong where both are negative

import numpy as np


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.maximum(a, b), 1e-12))
