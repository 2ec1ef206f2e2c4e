# sigmoid_cross_entropy: averages with the losses of earlier calls, kept in a global list

import numpy as np

history = []


def sigmoid_cross_entropy(logits, targets):
    z = logits
    history.append(np.mean(np.maximum(z, 0) - targets * z + np.log1p(np.exp(-np.abs(z)))))
    return np.mean(history)
