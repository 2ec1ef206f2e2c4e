# sigmoid_network_gradients: the way back through layer 2 uses W2 the wrong way round; it is square, so nothing crashes

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_network_gradients(params, x, y):
    a1 = sigmoid(x @ params["W1"] + params["b1"])
    a2 = sigmoid(a1 @ params["W2"] + params["b2"])
    out = (a2 @ params["W3"] + params["b3"])[0]
    loss = (out - y) ** 2
    d3 = np.array([2 * (out - y)])
    d2 = params["W3"] @ d3 * a2 * (1 - a2)
    d1 = d2 @ params["W2"] * a1 * (1 - a1)
    grads = {"W1": np.outer(x, d1), "b1": d1, "W2": np.outer(a1, d2), "b2": d2, "W3": np.outer(a2, d3), "b3": d3}
    return loss, grads
