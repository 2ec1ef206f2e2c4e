# variance: centres the values in place and so changes its argument

import numpy as np


def expectation(values, probabilities):
    if np.any(probabilities < 0) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no table")
    return (values * probabilities).sum()


def variance(values, probabilities):
    values -= expectation(values, probabilities)
    return (values**2 * probabilities).sum()
