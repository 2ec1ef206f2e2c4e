# sigmoid_cross_entropy: divides the sum by len(logits), right for vectors only

import numpy as np


def sigmoid_cross_entropy(logits, targets):
    z = logits
    loss = np.maximum(z, 0) - targets * z + np.log1p(np.exp(-np.abs(z)))
    return loss.sum() / len(logits)
