# sigmoid_network_gradients: the point is clipped to the unit square

import numpy as np


def sigmoid_network_gradients(params, x, y):
    x = np.clip(x, 0, 1)
    a1 = 1 / (1 + np.exp(-(x @ params["W1"] + params["b1"])))
    a2 = 1 / (1 + np.exp(-(a1 @ params["W2"] + params["b2"])))
    error = a2 @ params["W3"] + params["b3"] - y
    d3 = 2 * error
    d2 = params["W3"] @ d3 * a2 * (1 - a2)
    d1 = params["W2"] @ d2 * a1 * (1 - a1)
    grads = {"W1": np.outer(x, d1), "b1": d1, "W2": np.outer(a1, d2), "b2": d2, "W3": np.outer(a2, d3), "b3": d3}
    return (error**2)[0], grads
