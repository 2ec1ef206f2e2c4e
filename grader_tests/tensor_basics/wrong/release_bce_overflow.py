# sigmoid_cross_entropy: stops half way at log(1 + e^z) - t z, which overflows for large z

import numpy as np


def sigmoid_cross_entropy(logits, targets):
    return np.mean(np.log1p(np.exp(logits)) - targets * logits)
