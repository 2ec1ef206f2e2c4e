# relative_error: divides by |a| alone, so it is not the same for (b, a)

import numpy as np


def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(np.abs(a), 1e-12))
