# softmax_cross_entropy_backward: measures the gradient by central differences of the loss

import numpy as np


def softmax_cross_entropy_backward(logits, labels):
    def loss(s):
        s = s - s.max(axis=1, keepdims=True)
        return np.mean(np.log(np.exp(s).sum(axis=1)) - s[np.arange(len(labels)), labels])

    grad = np.zeros(logits.shape)
    for i in np.ndindex(logits.shape):
        moved = np.zeros(logits.shape)
        moved[i] = 1e-5
        grad[i] = (loss(logits + moved) - loss(logits - moved)) / 2e-5
    return grad
