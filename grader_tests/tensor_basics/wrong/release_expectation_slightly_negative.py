# expectation: uses the limit of 1e-6 for negative probabilities too, so -5e-7 passes

import numpy as np


def expectation(values, probabilities):
    if np.any(probabilities < -1e-6) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no table")
    return (values * probabilities).sum()
