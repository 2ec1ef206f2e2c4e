# bug_1: the set names only W1; b1 comes out wrong too

import numpy as np

wrong_1 = {"W1"}


def mended_1(params, X, labels):
    N = len(X)
    z = X @ params["W1"] + params["b1"]
    hidden = np.tanh(z)
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (1 - hidden**2)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
