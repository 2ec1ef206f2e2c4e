# softmax_loss: takes log(p + 1e-12), so the loss of a very wrong answer is bounded by 27.6

import numpy as np


def softmax_loss(scores, labels):
    N = len(scores)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), labels] + 1e-12).mean()
    grad = p.copy()
    grad[np.arange(N), labels] -= 1
    return loss, grad / N
