# sigmoid: both branches are computed, and the warnings filtered out

import warnings

import numpy as np


def sigmoid(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.where(x >= 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))
