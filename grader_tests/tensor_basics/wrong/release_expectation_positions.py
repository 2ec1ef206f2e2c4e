# expectation: weights the positions 0 ... n-1 in place of the values, which is right for the table of heads only

import numpy as np


def expectation(values, probabilities):
    if np.any(probabilities < 0) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no table")
    return np.arange(len(values)) @ probabilities
