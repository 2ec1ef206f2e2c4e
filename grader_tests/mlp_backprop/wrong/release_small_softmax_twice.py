# small_network_gradients: applies softmax to the scores before the softmax loss

import numpy as np


def small_network_gradients(params, X, labels):
    W1, b1 = params["layer1.weight"], params["layer1.bias"]
    W2, b2 = params["layer2.weight"], params["layer2.bias"]
    A = 1 / (1 + np.exp(-(X @ W1.T + b1)))
    S = A @ W2.T + b2
    P = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
    loss, gS = softmax_loss(P, labels)
    gZ = gS @ W2 * A * (1 - A)
    grads = {
        "layer1.weight": gZ.T @ X,
        "layer1.bias": gZ.sum(0),
        "layer2.weight": gS.T @ A,
        "layer2.bias": gS.sum(0),
    }
    return loss, grads
