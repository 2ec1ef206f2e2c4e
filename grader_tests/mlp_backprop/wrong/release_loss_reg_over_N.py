# two_layer_loss: the penalty, in loss and gradients, is divided by N too

import numpy as np


def softmax_loss(scores, labels):
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    grad = exps / sums
    grad[rows, labels] -= 1
    return (np.log(sums[:, 0]) - shifted[rows, labels]).mean(), grad / len(scores)


def two_layer_forward(params, X):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    return hidden @ params["W2"] + params["b2"], hidden


def two_layer_loss(params, X, labels, reg):
    scores, hidden = two_layer_forward(params, X)
    r = reg / len(X)
    loss, g = softmax_loss(scores, labels)
    loss = loss + r * ((params["W1"] ** 2).sum() + (params["W2"] ** 2).sum())
    gz = g @ params["W2"].T * (hidden > 0)
    return loss, {
        "W1": X.T @ gz + 2 * r * params["W1"],
        "b1": gz.sum(0),
        "W2": hidden.T @ g + 2 * r * params["W2"],
        "b2": g.sum(0),
    }
