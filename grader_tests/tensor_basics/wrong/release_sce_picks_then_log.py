# softmax_cross_entropy: picks the probability of the right class and adds 1e-12 inside the logarithm, so no loss exceeds 27.6

import numpy as np


def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_cross_entropy(logits, onehot):
    p = (onehot * softmax(logits)).sum(axis=1)
    return -np.mean(np.log(p + 1e-12))
