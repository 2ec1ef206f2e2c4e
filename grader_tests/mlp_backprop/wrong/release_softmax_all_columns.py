# softmax_loss: grad[:, labels] -= 1 takes 1 from the columns of all labels in every row

import numpy as np


def softmax_loss(scores, labels):
    N = len(scores)
    t = scores - scores.max(axis=1, keepdims=True)
    e = np.exp(t)
    total = e.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - t[np.arange(N), labels]).mean()
    grad = e / total
    grad[:, labels] -= 1
    return loss, grad / N
