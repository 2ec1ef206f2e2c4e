# variance: np.isclose with both limits at 1e-6 allows 2e-6

import numpy as np


def variance(values, probabilities):
    if np.any(probabilities < 0) or not np.isclose(probabilities.sum(), 1, rtol=1e-6, atol=1e-6):
        raise ValueError("no probability table")
    mean = values @ probabilities
    return (values - mean) ** 2 @ probabilities
