# expectation: the sum is rounded to six digits, which is a limit of 5e-7

import numpy as np


def expectation(values, probabilities):
    if np.any(probabilities < 0) or round(probabilities.sum(), 6) != 1:
        raise ValueError("no probability table")
    return values @ probabilities
