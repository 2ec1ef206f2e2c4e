"""Plain loops over indices, wherever they are allowed; lists become arrays at the end."""

import math

import numpy as np

shape_a, shape_b, shape_c = [5], [4], []
shape_d, shape_e, shape_f = [4, 1], [2, 6], [3]
shape_g = shape_i = shape_j = [4, 5]
shape_h = shape_l = "error"
shape_k, shape_m, shape_n = [4, 4], [2, 3, 6], [4, 5]

quotient = []
A = [[1, 2, 1], [3, 3, 2], [5, 1, 10]]
for i in range(3):
    quotient.append([])
    for j in range(3):
        quotient[i].append(A[i][j] / sum(A[j]))


def axis_of_len(X):
    n = len(X)
    for axis in range(X.ndim):
        if X.shape[axis] == n:
            return axis


def broadcast_shape(a, b):
    result = []
    for k in range(1, max(len(a), len(b)) + 1):
        m = a[-k] if k <= len(a) else 1
        n = b[-k] if k <= len(b) else 1
        if m == n or n == 1:
            result.insert(0, m)
        elif m == 1:
            result.insert(0, n)
        else:
            raise ValueError(f"{m} and {n}")
    return tuple(result)


def divide_by_row_sums(A):
    out = np.zeros_like(A)
    for i in range(A.shape[0]):
        total = 0.0
        for j in range(A.shape[1]):
            total += A[i, j]
        for j in range(A.shape[1]):
            out[i, j] = A[i, j] / total
    return out


def manhattan_distance(p, q):
    out = np.zeros(p.shape[:-1])
    for index in np.ndindex(out.shape):
        for k in range(p.shape[-1]):
            out[index] += abs(p[index][k] - q[index][k])
    return out


def pairwise_manhattan(P, Q):
    left = P.reshape(P.shape[0], 1, P.shape[1])
    right = Q.reshape(1, Q.shape[0], Q.shape[1])
    return np.sum(np.maximum(left, right) - np.minimum(left, right), axis=-1)


def expectation(values, probabilities):
    total = mean = 0.0
    for value, probability in zip(values, probabilities):
        if probability < 0:
            raise ValueError("negative")
        total += probability
        mean += value * probability
    if not -1e-6 <= total - 1 <= 1e-6:
        raise ValueError("sum")
    return mean


def variance(values, probabilities):
    mean = expectation(values, probabilities)
    total = 0.0
    for value, probability in zip(values, probabilities):
        total += probability * (value - mean) * (value - mean)
    return total


def sigmoid(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        z = float(x[index])
        if z >= 0:
            out[index] = 1 / (1 + math.exp(-z))
        else:
            out[index] = math.exp(z) / (1 + math.exp(z))
    return out


def softmax(x):
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape[:-1]):
        top = max(x[index])
        row = [math.exp(value - top) for value in x[index]]
        for c in range(len(row)):
            out[index + (c,)] = row[c] / sum(row)
    return out


def softmax_cross_entropy(logits, onehot):
    total = 0.0
    for n in range(len(logits)):
        top = max(logits[n])
        summed = sum(math.exp(z - top) for z in logits[n])
        for c in range(len(logits[n])):
            if onehot[n, c]:
                total += top + math.log(summed) - logits[n, c]
    return total / len(logits)


def sigmoid_cross_entropy(logits, targets):
    total, count = 0.0, 0
    for z, t in zip(logits.ravel(), targets.ravel()):
        count += 1
        if z >= 0:
            total += (1 - t) * z + math.log(1 + math.exp(-z))
        else:
            total += -t * z + math.log(1 + math.exp(z))
    return total / count
