# variance: remembers the mean by the number of values, so a second table of the same length gets the first one's mean

import numpy as np

_means = {}


def expectation(values, probabilities):
    if np.any(probabilities < 0) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no table")
    return (values * probabilities).sum()


def variance(values, probabilities):
    n = len(values)
    current = expectation(values, probabilities)
    mean = _means.setdefault(n, current)
    return (((values - mean) ** 2) * probabilities).sum()
