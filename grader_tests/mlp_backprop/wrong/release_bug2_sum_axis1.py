# bug_2: the sum for b1 runs over the hidden units (axis 1) and not over the examples

import numpy as np

wrong_2 = {"b1"}


def mended_2(params, X, labels):
    N = len(X)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=1),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads
