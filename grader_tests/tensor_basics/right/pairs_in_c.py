"""Libraries other than NumPy, and a warning that is not NumPy's, for those who have them."""

import warnings

import numpy as np
import torch


def pairwise_manhattan(P, Q):
    return torch.cdist(torch.tensor(P), torch.tensor(Q), p=1).numpy()


def broadcast_shape(a, b):
    pairs = list(zip(reversed((1,) * len(b) + a), reversed((1,) * len(a) + b), strict=True))
    pairs = pairs[: max(len(a), len(b))]
    if any(m != n and m != 1 and n != 1 for m, n in pairs):
        raise ValueError("no")
    return torch.Size(max(m, n) if m and n else 0 for m, n in reversed(pairs))


def sigmoid(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return torch.sigmoid(torch.tensor(x)).numpy()


def softmax(x):
    return torch.softmax(torch.tensor(x), dim=-1).tolist()


def softmax_cross_entropy(logits, onehot):
    return torch.nn.functional.cross_entropy(torch.tensor(logits), torch.tensor(onehot)).item()


def sigmoid_cross_entropy(logits, targets):
    return np.float32(torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(logits), torch.tensor(targets)))
