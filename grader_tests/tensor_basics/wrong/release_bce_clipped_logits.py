# sigmoid_cross_entropy: clips the logits to -500 ... 500, so the loss of a wrong answer at 1000 is 500

import numpy as np


def sigmoid_cross_entropy(logits, targets):
    z = np.clip(logits, -500, 500)
    return np.mean(np.maximum(z, 0) - targets * z + np.log1p(np.exp(-np.abs(z))))
