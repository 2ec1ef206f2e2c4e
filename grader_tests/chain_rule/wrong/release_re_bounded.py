# relative_error: cuts the result at 1, though opposite signs give up to 2

import numpy as np


def relative_error(a, b):
    e = np.max(np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-12))
    return min(e, 1.0)
