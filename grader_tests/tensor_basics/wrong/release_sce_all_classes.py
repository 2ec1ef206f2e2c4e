# softmax_cross_entropy: binary cross-entropy on the softmax: adds -log(1 - p) of the wrong classes

import numpy as np


def softmax_cross_entropy(logits, onehot):
    z = logits - logits.max(axis=1, keepdims=True)
    e = np.exp(z)
    total = e.sum(axis=1, keepdims=True)
    logp = z - np.log(total)
    log1m = np.log(np.maximum(total - e, 1e-300)) - np.log(total)
    return -((onehot * logp + (1 - onehot) * log1m).sum(axis=1)).mean()
