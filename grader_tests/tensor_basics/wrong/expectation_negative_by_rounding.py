# expectation: a probability may be negative by 1e-9

import numpy as np


def expectation(values, probabilities):
    if np.any(probabilities < -1e-9) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no probability table")
    return values @ probabilities
