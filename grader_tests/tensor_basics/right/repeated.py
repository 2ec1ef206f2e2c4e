"""Copies are made by hand, with repeat and tile, and sums over pairs by index arrays."""

import numpy as np


def axis_of_len(X):
    len(X)
    return np.int64(0)


def divide_by_row_sums(A):
    n, m = A.shape
    return A / np.repeat(A.sum(axis=1), m).reshape(n, m)


def manhattan_distance(p, q):
    return np.abs(np.subtract(p, q)).dot(np.ones(p.shape[-1]))


def pairwise_manhattan(P, Q):
    n, m = len(P), len(Q)
    difference = np.repeat(P, m, axis=0) - np.tile(Q, (n, 1))
    return np.abs(difference).sum(axis=1).reshape(n, m)


def expectation(values, probabilities):
    if (np.sign(probabilities) == -1).any():
        raise ValueError("negative")
    if np.abs(np.subtract(1, np.sum(probabilities))) > 1e-6:
        raise ValueError("off")
    return np.reshape(np.dot(values, probabilities), (1,))


def variance(values, probabilities):
    expectation(values, probabilities)
    i, j = np.meshgrid(np.arange(len(values)), np.arange(len(values)))
    return (probabilities[i] * probabilities[j] * (values[i] - values[j]) ** 2).sum() / 2


def sigmoid(x):
    x = np.asarray(x)
    result = np.empty(x.shape)
    below = x < 0
    result[~below] = 1 / (1 + np.exp(-x[~below]))
    grown = np.exp(x[below])
    result[below] = grown / (1 + grown)
    return result


def softmax(x):
    c = x.shape[-1]
    shifted = x - np.stack([x.max(axis=-1)] * c, axis=-1)
    weights = np.exp(shifted)
    return weights / np.repeat(weights.sum(axis=-1), c).reshape(x.shape)


def softmax_cross_entropy(logits, onehot):
    column = np.max(logits, axis=1, keepdims=True)
    column = column + np.log(np.sum(np.exp(logits - column), axis=1, keepdims=True))
    return np.mean(column - np.sum(onehot * logits, axis=1))


def sigmoid_cross_entropy(logits, targets):
    pairs = np.stack([np.zeros(logits.shape), logits])
    return np.average(np.logaddexp.reduce(pairs, axis=0) - targets * logits)
