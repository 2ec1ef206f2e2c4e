"""Other but equal formulas: log-softmax by logaddexp, sigmoid through tanh, slopes as 1/cosh², weighted sums."""

from collections import OrderedDict

import numpy as np


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2


def sigmoid_slope(z):
    return 0.25 / np.cosh(z / 2) ** 2


def tanh_slope(z):
    return np.cosh(z) ** -2


def relu(z):
    return np.fmax(z, 0)


def relu_slope(z):
    return (np.sign(z) + 1) // 2 * (z != 0)


class Matmul:
    def forward(self, x, W):
        self.transposed = x.T.copy(), W.T.copy()
        return np.dot(self.transposed[1], self.transposed[0]).T

    def backward(self, grad_y):
        x_T, W_T = self.transposed
        return np.dot(grad_y, W_T), np.tensordot(x_T, grad_y, axes=1)


class Relu:
    def forward(self, x):
        self.y = relu(x)
        return self.y.copy()

    def backward(self, grad_y):
        return np.divide(grad_y * self.y, self.y, out=np.zeros(grad_y.shape), where=self.y != 0)


def softmax_loss(scores, labels):
    N, C = scores.shape
    log_softmax = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    weighted = np.eye(C)[labels] / N
    loss = -np.vdot(weighted, log_softmax)
    return loss, np.exp(log_softmax) / N - weighted


def small_network_gradients(params, X, labels):
    z = np.inner(X, params["layer1.weight"]) + params["layer1.bias"]
    a = sigmoid(z)
    loss, grad_scores = softmax_loss(np.inner(a, params["layer2.weight"]) + params["layer2.bias"], labels)
    grad_z = sigmoid_slope(z) * np.inner(grad_scores, params["layer2.weight"].T)
    ones = np.ones(len(X))
    return loss, OrderedDict(
        [
            ("layer2.bias", ones @ grad_scores),
            ("layer2.weight", np.dot(a.T, grad_scores).T),
            ("layer1.bias", ones @ grad_z),
            ("layer1.weight", np.dot(X.T, grad_z).T),
        ]
    )


def two_layer_forward(params, X):
    z = X.dot(params["W1"]) + params["b1"]
    hidden = 0.5 * z + 0.5 * np.abs(z)
    return [params["b2"] + hidden.dot(params["W2"]), hidden]


def two_layer_loss(params, X, labels, reg):
    W1, W2 = params["W1"], params["W2"]
    z = X.dot(W1) + params["b1"]
    a = relu(z)
    loss, grad_scores = softmax_loss(a.dot(W2) + params["b2"], labels)
    grad_z = relu_slope(z) * np.inner(grad_scores, W2)
    grads = OrderedDict()
    grads["b2"] = grad_scores[::-1].sum(axis=0)
    grads["W2"] = np.tensordot(a[::-1], grad_scores[::-1], axes=(0, 0)) + reg * W2 + reg * W2
    grads["b1"] = grad_z[::-1].sum(axis=0)
    grads["W1"] = np.tensordot(X[::-1], grad_z[::-1], axes=(0, 0)) + reg * W1 + reg * W1
    return reg * (np.vdot(W1, W1) + np.linalg.norm(W2) ** 2) + loss, grads


def sigmoid_network_gradients(params, x, y):
    W1, b1, W2, b2, W3, b3 = (params[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    z1 = W1.T.dot(x) + b1
    z2 = W2.T.dot(sigmoid(z1)) + b2
    residual = y - W3.T.dot(sigmoid(z2)) - b3
    delta3 = -2 * residual
    delta2 = sigmoid_slope(z2) * W3.dot(delta3)
    delta1 = sigmoid_slope(z1) * W2.dot(delta2)
    return float(residual[0]) ** 2, OrderedDict(
        b3=delta3,
        W3=np.multiply.outer(sigmoid(z2), delta3),
        b2=delta2,
        W2=np.multiply.outer(sigmoid(z1), delta2),
        b1=delta1,
        W1=np.multiply.outer(x, delta1),
    )


RULES = {"relu": (relu, relu_slope), "tanh": (np.tanh, tanh_slope), "sigmoid": (sigmoid, sigmoid_slope)}


def mlp_gradients(params, X, labels, activation):
    function, slope = RULES[activation]
    Ws, bs = zip(*params, strict=True)
    zs = [X.dot(Ws[0]) + bs[0]]
    for W, b in zip(Ws[1:], bs[1:], strict=True):
        zs.append(function(zs[-1]).dot(W) + b)
    loss, delta = softmax_loss(zs[-1], labels)
    deltas = [delta]
    for W, z in zip(Ws[:0:-1], zs[-2::-1], strict=True):
        deltas.append(slope(z) * np.inner(deltas[-1], W))
    activations = [X, *map(function, zs[:-1])]
    return loss, tuple(
        (np.tensordot(a, delta, axes=(0, 0)), delta.sum(axis=0))
        for a, delta in zip(activations, reversed(deltas), strict=True)
    )


def sgd_step(params, grads, learning_rate):
    return OrderedDict((name, -(learning_rate * grads[name] - params[name])) for name in reversed(params))


def network(params, X, labels, activation):
    pairs = ((params["W1"], params["b1"]), (params["W2"], params["b2"]))
    loss, ((dW1, db1), (dW2, db2)) = mlp_gradients(pairs, X, labels, activation)
    return loss, OrderedDict(b1=db1, W1=dW1, b2=db2, W2=dW2)


wrong_1 = {"b1"} | {"W1"}
wrong_2 = {"W1", "b1"} - {"W1"}
wrong_3 = {"W2"}


def mended_1(params, X, labels):
    return network(params, X, labels, "tanh")


def mended_2(params, X, labels):
    return network(params, X, labels, "relu")


def mended_3(params, X, labels):
    return network(params, X, labels, "sigmoid")
