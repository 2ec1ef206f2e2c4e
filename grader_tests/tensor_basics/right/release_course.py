"""CS231n style: N, C = shape, scores, probs, np.arange indexing, comments for every step."""

import numpy as np

shape_a, shape_b, shape_c = (5,), (4,), ()
shape_d, shape_e, shape_f = (4, 1), (2, 6), (3,)
shape_g, shape_h, shape_i, shape_j = (4, 5), "error", (4, 5), (4, 5)
shape_k, shape_l, shape_m, shape_n = (4, 4), "error", (2, 3, 6), (4, 5)

quotient = [[0.25, 0.25, 0.0625], [0.75, 0.375, 0.125], [1.25, 0.125, 0.625]]


def axis_of_len(X):
    # len() counts what lies along the first axis; it complains by itself for 0-d
    len(X)
    return 0


def broadcast_shape(a, b):
    # walk from the right
    out = ()
    for k in range(1, max(len(a), len(b)) + 1):
        da = a[-k] if k <= len(a) else 1
        db = b[-k] if k <= len(b) else 1
        if da != db and da != 1 and db != 1:
            raise ValueError("operands could not be broadcast together with shapes %s %s" % (a, b))
        out = (db if da == 1 else da,) + out
    return out


def divide_by_row_sums(A):
    N, M = A.shape
    sums = np.sum(A, axis=1)  # (N,)
    return A / sums.reshape(N, 1)  # (N, M) / (N, 1)


def manhattan_distance(p, q):
    return np.linalg.norm(p - q, ord=1, axis=-1)


def pairwise_manhattan(P, Q):
    N, D = P.shape
    M = Q.shape[0]
    dists = np.zeros((N, M))
    dists += np.sum(np.abs(P.reshape(N, 1, D) - Q), axis=-1)
    return dists


def expectation(values, probabilities):
    if (probabilities < 0).sum() > 0:
        raise ValueError("probabilities must be >= 0")
    total = np.sum(probabilities)
    if total > 1 + 1e-6 or total < 1 - 1e-6:
        raise ValueError("probabilities must sum to 1, got %f" % total)
    return np.dot(values, probabilities)


def variance(values, probabilities):
    mu = expectation(values, probabilities)
    diff = values - mu
    return np.dot(diff * diff, probabilities)


def sigmoid(x):
    # numerically stable version, with masks
    pos_mask = x >= 0
    neg_mask = x < 0
    z = np.zeros_like(x)
    z[pos_mask] = np.exp(-x[pos_mask])
    z[neg_mask] = np.exp(x[neg_mask])
    top = np.ones_like(x)
    top[neg_mask] = z[neg_mask]
    return top / (1 + z)


def softmax(x):
    scores = x - np.max(x, axis=-1)[..., np.newaxis]  # numeric stability
    exp_scores = np.exp(scores)
    return exp_scores / np.sum(exp_scores, axis=-1)[..., np.newaxis]


def softmax_cross_entropy(logits, onehot):
    N = logits.shape[0]
    y = np.argmax(onehot, axis=1)
    scores = logits - np.max(logits, axis=1, keepdims=True)
    log_probs = scores - np.log(np.sum(np.exp(scores), axis=1, keepdims=True))
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    return loss


def sigmoid_cross_entropy(logits, targets):
    N = logits.size
    x, z = logits, targets
    # max(x, 0) - x * z + log(1 + exp(-abs(x))), as in the TensorFlow docs
    losses = np.maximum(x, 0) - x * z + np.log(1 + np.exp(-np.abs(x)))
    return np.sum(losses) / N
