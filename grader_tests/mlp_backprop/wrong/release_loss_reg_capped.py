# two_layer_loss: reg is capped at 1, so larger strengths are treated as 1

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
    reg = min(reg, 1.0)  # a strength is between 0 and 1
    scores, hidden = two_layer_forward(params, X)
    loss, g = softmax_loss(scores, labels)
    loss = loss + reg * ((params["W1"] ** 2).sum() + (params["W2"] ** 2).sum())
    gz = g @ params["W2"].T * (hidden > 0)
    return loss, {
        "W1": X.T @ gz + 2 * reg * params["W1"],
        "b1": gz.sum(0),
        "W2": hidden.T @ g + 2 * reg * params["W2"],
        "b2": g.sum(0),
    }
