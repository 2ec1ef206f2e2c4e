"""Style: plain textbook NumPy, one line per formula, later exercises built on the earlier ones."""

import numpy as np


class Matmul:
    def forward(self, x, W):
        self.x, self.W = x, W
        return x @ W

    def backward(self, grad_y):
        return grad_y @ self.W.T, self.x.T @ grad_y


class Relu:
    def forward(self, x):
        self.open = x > 0
        return np.maximum(0, x)

    def backward(self, grad_y):
        return grad_y * self.open


def softmax_loss(scores, labels):
    N = len(scores)
    rows = np.arange(N)
    shifted = scores - scores.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    sums = exps.sum(axis=1, keepdims=True)
    loss = (np.log(sums[:, 0]) - shifted[rows, labels]).mean()
    onehot = np.zeros(scores.shape)
    onehot[rows, labels] = 1
    return loss, (exps / sums - onehot) / N


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def small_network_gradients(params, X, labels):
    W1, b1 = params["layer1.weight"], params["layer1.bias"]
    W2, b2 = params["layer2.weight"], params["layer2.bias"]
    A = sigmoid(X @ W1.T + b1)
    loss, grad_S = softmax_loss(A @ W2.T + b2, labels)
    grad_A = grad_S @ W2
    grad_Z = grad_A * A * (1 - A)
    return loss, {
        "layer1.weight": grad_Z.T @ X,
        "layer1.bias": grad_Z.sum(axis=0),
        "layer2.weight": grad_S.T @ A,
        "layer2.bias": grad_S.sum(axis=0),
    }


def two_layer_forward(params, X):
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    return scores, hidden


def two_layer_loss(params, X, labels, reg):
    W1, W2 = params["W1"], params["W2"]
    scores, hidden = two_layer_forward(params, X)
    data_loss, grad_scores = softmax_loss(scores, labels)
    loss = data_loss + reg * ((W1**2).sum() + (W2**2).sum())
    grad_Z = (grad_scores @ W2.T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_Z + 2 * reg * W1,
        "b1": grad_Z.sum(axis=0),
        "W2": hidden.T @ grad_scores + 2 * reg * W2,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


def sigmoid_network_gradients(params, x, y):
    a1 = sigmoid(x @ params["W1"] + params["b1"])
    a2 = sigmoid(a1 @ params["W2"] + params["b2"])
    prediction = (a2 @ params["W3"] + params["b3"])[0]
    grad_out = np.array([2 * (prediction - y)])
    grad_z2 = (params["W3"] @ grad_out) * a2 * (1 - a2)
    grad_z1 = (params["W2"] @ grad_z2) * a1 * (1 - a1)
    return (prediction - y) ** 2, {
        "W1": np.outer(x, grad_z1),
        "b1": grad_z1,
        "W2": np.outer(a1, grad_z2),
        "b2": grad_z2,
        "W3": np.outer(a2, grad_out),
        "b3": grad_out,
    }


def mlp_gradients(params, X, labels, activation):
    def f(z):
        if activation == "relu":
            return np.maximum(0, z)
        if activation == "tanh":
            return np.tanh(z)
        return sigmoid(z)

    def slope(a):
        if activation == "relu":
            return a > 0
        if activation == "tanh":
            return 1 - a**2
        return a * (1 - a)

    A = [X]
    for W, b in params[:-1]:
        A.append(f(A[-1] @ W + b))
    W, b = params[-1]
    loss, delta = softmax_loss(A[-1] @ W + b, labels)
    grads = []
    for l in reversed(range(len(params))):
        grads.append((A[l].T @ delta, delta.sum(axis=0)))
        if l > 0:
            delta = (delta @ params[l][0].T) * slope(A[l])
    return loss, grads[::-1]


wrong_1 = {"W1", "b1"}
wrong_2 = {"b1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    N = len(X)
    z = X @ params["W1"] + params["b1"]
    hidden = np.tanh(z)
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (1 - hidden**2)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


def mended_2(params, X, labels):
    N = len(X)
    hidden = np.maximum(0, X @ params["W1"] + params["b1"])
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_z = (grad_scores @ params["W2"].T) * (hidden > 0)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": hidden.T @ grad_scores,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


def mended_3(params, X, labels):
    N = len(X)
    hidden = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
    scores = hidden @ params["W2"] + params["b2"]
    scores = scores - scores.max(axis=1, keepdims=True)
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    loss = -np.log(probabilities[np.arange(N), labels]).mean()
    grad_scores = probabilities / N
    grad_scores[np.arange(N), labels] -= 1 / N
    grad_W2 = hidden.T @ grad_scores
    grad_z = (grad_scores @ params["W2"].T) * hidden * (1 - hidden)
    grads = {
        "W1": X.T @ grad_z,
        "b1": grad_z.sum(axis=0),
        "W2": grad_W2,
        "b2": grad_scores.sum(axis=0),
    }
    return loss, grads


def sgd_step(params, grads, learning_rate):
    return {name: params[name] - learning_rate * grads[name] for name in params}
