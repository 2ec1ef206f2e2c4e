# softmax_loss: maximum and sum are taken over the examples (axis 0) and not over the classes

import numpy as np


def softmax_loss(scores, labels):
    N = len(scores)
    t = scores - scores.max(axis=0)
    p = np.exp(t) / np.exp(t).sum(axis=0)
    loss = -np.log(p[np.arange(N), labels]).mean()
    grad = p.copy()
    grad[np.arange(N), labels] -= 1
    return loss, grad / N
