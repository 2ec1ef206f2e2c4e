# two_layer_forward: ReLU is applied to the scores too

import numpy as np


def two_layer_forward(params, X):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = np.maximum(0, hidden @ params["W2"] + params["b2"])
    return scores, hidden
