# bug_3: the subtraction is copied above grad_W2 and left below it as well, so 1/N is subtracted twice

import numpy as np

wrong_3 = {"W2"}


def mended_3(params, X, labels):
    N = len(X)
    hidden = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_W2 = hidden.T @ grad_scores
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * hidden * (1 - hidden)
    return loss, {"W1": X.T @ grad_z, "b1": grad_z.sum(axis=0), "W2": grad_W2, "b2": grad_scores.sum(axis=0)}
