# softmax_cross_entropy: silences the warnings and turns inf and nan into finite numbers with nan_to_num

import numpy as np


def softmax_cross_entropy(logits, onehot):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        losses = np.nan_to_num(-(onehot * np.log(p)).sum(axis=1), nan=0.0, posinf=1000.0)
    return losses.mean()
