# mlp_gradients: the hidden values are kept in one array (layers, N, H) with H of the first layer, so all hidden layers must be equally wide

import numpy as np


def softmax_loss(scores, labels):
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    grad = exps / sums
    grad[rows, labels] -= 1
    return (np.log(sums[:, 0]) - shifted[rows, labels]).mean(), grad / len(scores)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


FS = {
    "relu": (lambda z: np.maximum(0, z), lambda a: a > 0),
    "tanh": (np.tanh, lambda a: 1 - a**2),
    "sigmoid": (sigmoid, lambda a: a * (1 - a)),
}


def mlp_gradients(params, X, labels, activation):
    f, slope = FS[activation]
    M, N, H = len(params), len(X), params[0][0].shape[1]
    hidden = np.zeros((M, N, H))
    a = X
    for l in range(M - 1):
        a = f(a @ params[l][0] + params[l][1])
        hidden[l] = a
    loss, d = softmax_loss(a @ params[-1][0] + params[-1][1], labels)
    grads = [None] * M
    for l in reversed(range(M)):
        below = hidden[l - 1] if l > 0 else X
        grads[l] = (below.T @ d, d.sum(axis=0))
        if l > 0:
            d = (d @ params[l][0].T) * slope(below)
    return loss, grads
