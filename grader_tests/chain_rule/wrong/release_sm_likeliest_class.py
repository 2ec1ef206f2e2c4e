# softmax_cross_entropy_backward: takes the class with the largest logit for the right one, and ignores the labels

import numpy as np


def softmax_cross_entropy_backward(logits, labels):
    N, C = logits.shape
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    return (p - np.eye(C)[logits.argmax(axis=1)]) / N
